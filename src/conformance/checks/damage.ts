import { existsSync } from "node:fs";
import { chmod, mkdir, open, realpath, rm, stat, truncate } from "node:fs/promises";
import type { CheckContext } from "../conversation/context.ts";
import { contentAt, requireBody } from "../conversation/disk-file.ts";
import { newAction, newBody } from "../conversation/new-entry.ts";
import { assumeClose, assumeHit, assumePut, get, isHit } from "../conversation/requests.ts";
import { RestartablePeer } from "../conversation/restartable-peer.ts";
import { CouldNotRun, Finding, NotApplicable, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import type { Check } from "../requirement.ts";

const wrongBytes = 'go build would fail with "corrupt index", or link the wrong bytes, every time';

/** What the program does with an entry whose file was damaged. */
export const damageChecks: readonly Check[] = [
  {
    id: "damage/removed",
    level: "should",
    requirement: "An entry whose file was removed is a miss, or its file is restored.",
    source: "cmd/go/internal/cache/cache.go, GetFile",
    go: { outcome: "nothing", text: "go checks that the file exists, and rebuilds as after a miss" },
    needs: ["get", "put"],
    run: (context) => getDamaged(context, remove),
  },
  {
    id: "damage/removed-while-running",
    level: "should",
    requirement:
      "An entry whose file is removed while the program runs becomes a miss, or its file is restored.",
    source: "cmd/go/internal/cache/cache.go, GetFile; users and other processes delete files",
    go: { outcome: "nothing", text: "go checks that the file exists, and rebuilds as after a miss" },
    needs: ["get", "put"],
    async run(context) {
      const program = await RestartablePeer.start(context);
      const [action, body] = [newAction(), newBody(5_000)];
      await assumePut(program.peer, action, body);
      await program.assumeHit(action);
      await remove(await pathOf(context, program.peer, action));
      const response = await get(program.peer, action);
      if (!isHit(response)) return "a miss";
      await requireBody(response.diskPath, body, "the file from the hit, which had been removed");
      return "a hit on a restored file";
    },
  },
  {
    id: "damage/cut",
    level: "should",
    requirement: "An entry whose file was cut short is a miss, or its file is restored.",
    source: "cmd/go/internal/cache/cache.go, GetFile: file incomplete",
    go: {
      outcome: "fatal",
      text: "go build would fail every time it imports or links the file if Size is that of the cut file; it would rebuild if Size is that of the put",
    },
    needs: ["get", "put"],
    run: (context) => getDamaged(context, cut),
  },
  {
    id: "damage/flipped",
    level: "should",
    requirement: "An entry whose file has a wrong byte is a miss, or its file is restored.",
    source: "cmd/go/internal/modindex/read.go: corrupt index; GetFile doesn't check the hash",
    go: { outcome: "wrong result", text: wrongBytes },
    needs: ["get", "put"],
    run: (context) => getDamaged(context, flip),
  },
  {
    id: "damage/no-error",
    level: "should",
    requirement: "The response to a get of a damaged entry has no Err.",
    source: "cmd/go/internal/cache/prog.go, Get: callers treat any error as a miss",
    go: { outcome: "nothing", text: "go would treat Err as a miss, and not print it" },
    needs: ["get", "put"],
    async run(context) {
      const ways = [remove, cut, flip, replaceByDirectory];
      const actions = await putAndDamage(context, ways);
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
    requirement: "A put of a body whose stored file is damaged names a file that holds the body.",
    source:
      "cmd/go/internal/cacheprog, CmdPut; cmd/go/internal/cache/cache.go, copyFile, checks the hash of the existing file",
    go: { outcome: "rebuilds", text: "go build would rebuild every time, or use the damaged file" },
    needs: ["get", "put"],
    async run(context) {
      const entries = await putAndDamage(context, [remove, cut, flip]);
      const peer = await context.start();
      for (const { action, body } of entries) {
        const { diskPath } = await assumePut(peer, action, body);
        await requireBody(diskPath, body, "the file from the put");
      }
      return undefined;
    },
  },
];

type Damage = (path: string) => Promise<void>;

/** Damages an entry, and gets it from a new process. @throws {Finding} if the hit names a wrong file */
async function getDamaged(context: CheckContext, way: Damage): Promise<string> {
  const entries = await putAndDamage(context, [way]);
  const peer = await context.start();
  for (const { action, body } of entries) {
    const response = await get(peer, action);
    if (!isHit(response)) return "a miss";
    const content = await contentAt(response.diskPath);
    const isIntact = typeof content !== "string" && Buffer.compare(content, body) === 0;
    if (!isIntact) throw new Finding("a miss", `a hit that names ${response.diskPath}, which is damaged`);
  }
  return "a hit on an intact file";
}

/** Puts a body for each kind of damage, gets them from a new process, ends that and damages the files. */
async function putAndDamage(context: CheckContext, ways: readonly Damage[]) {
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

/** The file from a hit. @throws {NotApplicable} if it is outside the sandbox, where nothing may be damaged */
async function pathOf(context: CheckContext, peer: Peer, action: Uint8Array): Promise<string> {
  const { diskPath } = await assumeHit(peer, action);
  const path = await realpath(diskPath).catch(() => {
    throw new CouldNotRun(`there is no file at ${diskPath}`);
  });
  if (!path.startsWith(`${await realpath(context.sandbox.root)}/`))
    throw new NotApplicable(`${path} is outside the sandbox, so it isn't damaged`);
  return path;
}

/** Does nothing if the file is gone: a program may remove its files when it exits. */
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
  // The program may have removed it, and its directory.
  if (!existsSync(path)) return;
  await rm(path);
  await mkdir(path);
};

/** Changes a file even if its mode is 0444. Does nothing if the file is gone. */
async function change(path: string, work: () => Promise<void>): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return;
  await chmod(path, 0o600);
  await work();
  await chmod(path, found.mode);
}
