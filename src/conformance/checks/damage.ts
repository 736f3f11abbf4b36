import { existsSync } from "node:fs";
import { chmod, mkdir, open, realpath, rm, stat, truncate } from "node:fs/promises";
import type { Check } from "../check.ts";
import { assumeClose, assumeHit, assumePut, get, isHit } from "../conversation/calls.ts";
import type { CheckContext } from "../conversation/context.ts";
import { contentAt, requireBody } from "../conversation/disk-file.ts";
import { newAction, newBody } from "../conversation/entry.ts";
import { RestartablePeer } from "../conversation/restartable-peer.ts";
import { CouldNotRun, Finding, NotApplicable, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";

const wrongBytes = "go build would stop with: corrupt index, or link what is in the file, again and again";

/** What becomes of an entry whose file is damaged while no program runs. */
export const damageChecks: readonly Check[] = [
  {
    id: "damage/removed",
    level: "should",
    requirement: "An entry whose file is gone is a miss, or its file is brought back.",
    source: "cmd/go/internal/cache/cache.go, GetFile",
    go: { outcome: "nothing", text: "go looks whether the file is there, and builds again, as after a miss" },
    needs: ["get", "put"],
    run: (context) => afterwards(context, remove),
  },
  {
    id: "damage/removed-while-running",
    level: "should",
    requirement:
      "An entry whose file goes while the program runs is a miss from then on, or its file is brought back.",
    source: "cmd/go/internal/cache/cache.go, GetFile; people clear directories, and other processes do",
    go: { outcome: "nothing", text: "go looks whether the file is there, and builds again, as after a miss" },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const [action, body] = [newAction(), newBody(5_000)];
      await assumePut(program.peer, action, body);
      await program.assumeHit(action);
      await remove(await pathOf(context, program.peer, action));
      const response = await get(program.peer, action);
      if (!isHit(response)) return "a miss";
      await requireBody(response.diskPath, body, "the file that the hit names, which was removed before");
      return "a hit on a file that is brought back";
    },
  },
  {
    id: "damage/cut",
    level: "should",
    requirement: "An entry whose file was cut short is a miss, or its file is brought back.",
    source: "cmd/go/internal/cache/cache.go, GetFile: file incomplete",
    go: {
      outcome: "fatal",
      text: "go build would stop as it imports or links what is left, every time, if Size is that of the cut file; if it is what was put, it would build again",
    },
    needs: ["get", "put"],
    run: (context) => afterwards(context, cut),
  },
  {
    id: "damage/flipped",
    level: "should",
    requirement: "An entry whose file has a wrong byte is a miss, or its file is brought back.",
    source: "cmd/go/internal/modindex/read.go: corrupt index; GetFile hashes nothing",
    go: { outcome: "wrong result", text: wrongBytes },
    needs: ["get", "put"],
    run: (context) => afterwards(context, flip),
  },
  {
    id: "damage/no-error",
    level: "should",
    requirement: "Trouble with what is stored makes a get a miss, not an Err.",
    source: "cmd/go/internal/cache/prog.go, Get: callers take any error for a miss",
    go: { outcome: "nothing", text: "go would do as after a miss, and show the text to nobody" },
    needs: ["get", "put"],
    async run(context) {
      const ways = [remove, cut, flip, replaceByDirectory];
      const actions = await damaged(context, ways);
      const peer = await context.start();
      for (const { action } of actions) {
        const { err } = await get(peer, action);
        require(err === "", "a miss, or a hit", () => `Err ${JSON.stringify(err)}`);
      }
      return undefined;
    },
  },
  {
    id: "damage/repaired",
    level: "should",
    requirement: "A body that is put anew has a sound file, also where a damaged one was there.",
    source:
      "cmd/go/internal/cacheprog, CmdPut; cmd/go/internal/cache/cache.go, copyFile, hashes what is there",
    go: { outcome: "rebuilds", text: "go build would build it again every time, or use the damaged file" },
    needs: ["get", "put"],
    async run(context) {
      const entries = await damaged(context, [remove, cut, flip]);
      const peer = await context.start();
      for (const { action, body } of entries) {
        const { diskPath } = await assumePut(peer, action, body);
        await requireBody(diskPath, body, "the file that put named");
      }
      return undefined;
    },
  },
];

type Damage = (path: string) => Promise<void>;

/** Damages an entry, and looks for it with a new process: no hit with a wrong file. */
async function afterwards(context: CheckContext, way: Damage): Promise<string> {
  const entries = await damaged(context, [way]);
  const peer = await context.start();
  for (const { action, body } of entries) {
    const response = await get(peer, action);
    if (!isHit(response)) return "a miss";
    const content = await contentAt(response.diskPath);
    const isSound = typeof content !== "string" && Buffer.compare(content, body) === 0;
    if (!isSound) throw new Finding("a miss", `a hit that names ${response.diskPath}, which is damaged`);
  }
  return "a hit on a sound file";
}

/** Puts one body for each way, finds them again in a new process, ends that and damages them. */
async function damaged(context: CheckContext, ways: readonly Damage[]) {
  const entries = ways.map((way) => ({ way, action: newAction(), body: newBody(5_000) }));
  const first = await context.start();
  for (const { action, body } of entries) await assumePut(first, action, body);
  await assumeClose(first);
  const second = await context.start();
  const paths = await Promise.all(entries.map(({ action }) => pathOf(context, second, action)));
  await assumeClose(second);
  for (const [i, { way }] of entries.entries()) await way(paths[i] ?? "");
  return entries;
}

/** The file of a hit, where it may be damaged. @throws {CouldNotRun} where it is not in the sandbox */
async function pathOf(context: CheckContext, peer: Peer, action: Uint8Array): Promise<string> {
  const { diskPath } = await assumeHit(peer, action);
  const path = await realpath(diskPath).catch(() => {
    throw new CouldNotRun(`there is no file at ${diskPath}`);
  });
  if (!path.startsWith(`${await realpath(context.sandbox.root)}/`))
    throw new NotApplicable(`${path} is outside of the sandbox, and nothing is damaged there`);
  return path;
}

/** A program may clear its files away when it ends: then there is nothing to damage, and all of this is passed. */
const remove: Damage = (path) => rm(path, { force: true });

const cut: Damage = (path) => change(path, () => truncate(path, 2_500));

const flip: Damage = (path) =>
  change(path, async () => {
    await using file = await open(path, "r+");
    const byte = new Uint8Array(1);
    await file.read(byte, 0, 1, 2_500);
    await file.write(
      byte.map((value) => value ^ 1),
      0,
      1,
      2_500,
    );
  });

const replaceByDirectory: Damage = async (path) => {
  // It may have gone with the directory that it was in.
  if (!existsSync(path)) return;
  await rm(path);
  await mkdir(path);
};

/** Does what a mode of 0444 may forbid. Nothing, where the file is gone. */
async function change(path: string, work: () => Promise<void>): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  await chmod(path, 0o600);
  await work();
  await chmod(path, found.mode);
}
