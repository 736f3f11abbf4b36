import { readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { CheckContext } from "../conversation/context.ts";
import { requireBody } from "../conversation/disk-file.ts";
import { newAction, newBody } from "../conversation/new-entry.ts";
import { assumePut, get, isHit, sendPut } from "../conversation/requests.ts";
import { assume, NotApplicable, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import type { Check } from "../requirement.ts";

/** The size of the file system that the check fills, in bytes. */
const diskSize = 4 * 1024 * 1024;

/** Bodies that the program can't store, or needn't. */
export const storageChecks: readonly Check[] = [
  {
    id: "storage/full",
    level: "must",
    requirement:
      "On a full disk each put gets Err or a file that holds the body, and earlier entries stay hits.",
    source:
      "cmd/go/internal/cache/prog.go, send: it waits for the response; put ignores Err, except for a package index",
    confirmedBy: "hangs-on-full-disk",
    go: {
      outcome: "hang",
      text: 'go build would hang if the program stops reading, fail with "exited pre-Close" if it exits, and use an incomplete file if a response names one',
    },
    needs: ["get", "put"],
    deadline: 10_000,
    async run(context) {
      const before = await smallDisk(context);
      if (before === undefined) throw new NotApplicable("this machine can't mount a small file system");
      const peer = await assume(context.start({ before }));
      const [action, body] = [newAction(), newBody(1_000)];
      await assumePut(peer, action, body);
      const kept = isHit(await get(peer, action));
      const large = await putOnFull(peer, 2 * diskSize);
      for (const size of [100_000, 100, diskSize]) await putOnFull(peer, size);
      for (let i = 0; i < 5; i++) await get(peer, newAction());
      const after = await get(peer, action);
      if (isHit(after))
        await requireBody(inside(peer, after.diskPath), body, "the file from the earlier put");
      require(isHit(after) || !kept, "a hit on the earlier entry, as before the disk was full", () =>
        "a miss");
      return `a put of a body that doesn't fit: ${large}`;
    },
  },
  {
    id: "storage/module-index",
    level: "info",
    requirement: "Reports whether a package index is stored; it's useful only on this machine.",
    source: "cmd/go/internal/modindex/write.go: its id depends on paths and file times",
    go: { outcome: "slow", text: "without it, go reads the directory of each package again" },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      const [action, text] = [newAction(), new TextEncoder().encode("go index v2\n")];
      await peer.answer(sendPut(peer, action, new Uint8Array([...text, ...newBody(1_000)])));
      return isHit(await get(peer, action)) ? "stored" : "not stored";
    },
  },
];

/** Puts a body. @returns the response in words @throws {Finding} if it names a file that doesn't hold the body */
async function putOnFull(peer: Peer, size: number): Promise<string> {
  const body = newBody(size);
  const { err, diskPath } = await peer.answer(sendPut(peer, newAction(), body));
  if (err !== "") return `Err ${JSON.stringify(err)}, which makes go fail if the body is a package index`;
  require(diskPath !== "", "Err or a DiskPath", () => "neither");
  await requireBody(inside(peer, diskPath), body, "the file from a put on a full disk");
  return "a file elsewhere";
}

/** A path in the program's own mount namespace. */
function inside(peer: Peer, path: string): string {
  return join(`/proc/${peer.pid}/root`, resolve(peer.cwd, path));
}

/** The words before the command that make the sandbox a small file system; undefined if that isn't possible here. */
async function smallDisk(context: CheckContext): Promise<readonly string[] | undefined> {
  const { root, cwd } = context.sandbox;
  const folders = (await readdir(root)).map((name) => `'${name}'`).join(" ");
  const mount = `mount -t tmpfs -o size=${diskSize} none '${root}' && cd '${root}' && mkdir ${folders} && cd '${cwd}'`;
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
