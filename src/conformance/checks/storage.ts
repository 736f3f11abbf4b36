import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Check } from "../check.ts";
import { assumePut, get, isHit, sendPut } from "../conversation/calls.ts";
import type { CheckContext } from "../conversation/context.ts";
import { requireBody } from "../conversation/disk-file.ts";
import { newAction, newBody } from "../conversation/entry.ts";
import { assume, NotApplicable, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";

/** How large the file system is that is filled, in bytes. */
const room = 4 * 1024 * 1024;

/** What a program does with what it can not, or need not, store. */
export const storageChecks: readonly Check[] = [
  {
    id: "storage/full",
    level: "must",
    requirement:
      "On a full disk each put is answered, with Err or with a file that holds the body, and gets are served as before.",
    source: "cmd/go/internal/cache/prog.go, send: it waits for the answer; put ignores Err, but for an index",
    confirmedBy: "hangs-on-full-disk",
    go: {
      outcome: "hang",
      text: "go build would wait for ever where the program stops reading, stop with: exited pre-Close, where it ends, and use half a file where it names one",
    },
    needs: ["get", "put"],
    deadline: 10_000,
    async run(context) {
      const before = await smallDisk(context);
      if (before === undefined) throw new NotApplicable("no small file system can be mounted here");
      const peer = await assume(context.start({ before }));
      const [action, body] = [newAction(), newBody(1_000)];
      await assumePut(peer, action, body);
      const kept = isHit(await get(peer, action));
      const large = await putOnFull(peer, 2 * room);
      for (const size of [100_000, 100, room]) await putOnFull(peer, size);
      for (let i = 0; i < 5; i++) await get(peer, newAction());
      const after = await get(peer, action);
      if (isHit(after))
        await requireBody(inside(peer, after.diskPath), body, "the file of what was put before");
      require(isHit(after) || !kept, "a hit on what was put before, as then", () => "a miss");
      return `a body that does not fit: ${large}`;
    },
  },
  {
    id: "storage/module-index",
    level: "info",
    requirement: "Whether the index of a package is kept: it is of use on this machine alone.",
    source: "cmd/go/internal/modindex/write.go: its id is made from paths and file times",
    go: { outcome: "slow", text: "go would read the directory of each package again" },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      const [action, text] = [newAction(), new TextEncoder().encode("go index v2\n")];
      await peer.answer(sendPut(peer, action, new Uint8Array([...text, ...newBody(1_000)])));
      return isHit(await get(peer, action)) ? "kept" : "not kept";
    },
  },
];

/** Puts a body. @returns what the answer is @throws {Finding} where it names a file that does not hold the body */
async function putOnFull(peer: Peer, size: number): Promise<string> {
  const body = newBody(size);
  const { err, diskPath } = await peer.answer(sendPut(peer, newAction(), body));
  if (err !== "") return `Err ${JSON.stringify(err)}, at which go stops where it puts the index of a package`;
  require(diskPath !== "", "Err or a DiskPath", () => "neither");
  await requireBody(inside(peer, diskPath), body, "the file that a put on a full disk named");
  return "a file elsewhere";
}

/** A path as the program sees it, where it has file systems of its own. */
function inside(peer: Peer, path: string): string {
  return join(`/proc/${peer.pid}/root`, resolve(peer.cwd, path));
}

/** Words that start a program for which the sandbox is a small file system; undefined where there can be none. */
async function smallDisk(context: CheckContext): Promise<readonly string[] | undefined> {
  const { root, cwd } = context.sandbox;
  const folders = (await readdir(root)).map((name) => `'${name}'`).join(" ");
  const mount = `mount -t tmpfs -o size=${room} none '${root}' && cd '${root}' && mkdir ${folders} && cd '${cwd}'`;
  const shell = ["--mount", "sh", "-c"];
  for (const words of [
    ["unshare", "--user", "--map-root-user", ...shell],
    ["unshare", ...shell],
  ]) {
    if (Bun.which("unshare") === null) return undefined;
    const trying = Bun.spawnSync([...words, mount], { stdio: ["ignore", "ignore", "ignore"] });
    if (trying.exitCode === 0) return [...words, `${mount} && exec "$@"`, "sh"];
  }
  return undefined;
}
