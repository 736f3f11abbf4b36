import type { Check } from "../check.ts";
import { ask, isHit } from "../ground.ts";
import { newAction, newBody, sendPut, type Trial } from "../trial.ts";

/** How large the file system is that is filled, in bytes. */
const room = 1024 * 1024;

/** What a program does with what it can not, or need not, store: it is told, and never judged. */
export const storage: readonly Check[] = [
  {
    id: "storage/full",
    level: "info",
    sentence: "What a put is answered with when the disk is full, and what comes after it.",
    basis:
      "cmd/go/internal/modindex/read.go, openIndexPackage: an Err in the answer to the put of an index is fatal",
    go: {
      outcome: "fatal",
      text: "go build would stop where it puts the index of a package, if the answer is Err",
    },
    needs: ["put"],
    async run(trial) {
      const before = await fullDisk(trial);
      if (before === undefined) return "not tried: no small file system can be mounted here";
      const peer = await trial.start({ before });
      const answers = [];
      for (const size of [4 * room, 100])
        answers.push(await peer.answer(sendPut(peer, newAction(), newBody(size))));
      const [large, small] = answers.map(({ err }) =>
        err === "" ? "a DiskPath" : `Err ${JSON.stringify(err)}`,
      );
      return `a body that does not fit: ${large}; a small one after it: ${small}`;
    },
  },
  {
    id: "storage/module-index",
    level: "info",
    sentence: "Whether the index of a package is kept: it is of use on this machine alone.",
    basis: "cmd/go/internal/modindex/write.go: its id is made from paths and file times",
    go: { outcome: "slow", text: "go would read the directory of each package again" },
    needs: ["get", "put"],
    async run(trial) {
      const peer = await trial.start();
      const [action, text] = [newAction(), new TextEncoder().encode("go index v2\n")];
      await peer.answer(sendPut(peer, action, new Uint8Array([...text, ...newBody(1_000)])));
      return isHit(await ask(peer, action)) ? "kept" : "not kept";
    },
  },
];

/** Words that start a program where all that the sandbox offers is a file system of 1 MiB; undefined where it can not be. */
async function fullDisk(trial: Trial): Promise<readonly string[] | undefined> {
  const { root, cwd } = trial.sandbox;
  const mount = `mount -t tmpfs -o size=${room} none '${root}'`;
  const make = `cd '${root}' && mkdir home tmp cache work dir && cd '${cwd}'`;
  const words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"];
  if (Bun.which(words[0] ?? "") === null) return undefined;
  const trying = Bun.spawnSync([...words, `${mount} && ${make}`], { stdio: ["ignore", "ignore", "ignore"] });
  return trying.exitCode === 0 ? [...words, `${mount} && ${make} && exec "$@"`, "sh"] : undefined;
}
