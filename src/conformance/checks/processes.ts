import { randomInt } from "node:crypto";
import { within } from "../../wait.ts";
import { contentAt, requireBody } from "../conversation/disk-file.ts";
import { newAction, newActions, newBody, outputOf } from "../conversation/new-entry.ts";
import { assumeClose, assumePut, get, isHit, requirePut } from "../conversation/requests.ts";
import { repeatFor, spinFor } from "../conversation/timing.ts";
import { require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import type { Check } from "../requirement.ts";
import * as documented from "./documentation.ts";

const source = "each go command starts its own process, and several run at the same time";

/** How long a race is repeated, in ms. */
const racing = 250;
/** How long one process gets no request, in ms. */
const idle = 15_000;

/** Several processes of the program that share a directory. */
export const processesChecks: readonly Check[] = [
  {
    id: "processes/side-by-side",
    level: "must",
    requirement: "A second process works while the first one is running.",
    source,
    confirmedBy: "locks-directory",
    go: {
      outcome: "hang",
      text: "a go command would fail, or hang, while an editor or a script runs another one",
    },
    needs: ["put"],
    async run(context) {
      const [first, second] = [await context.start(), await context.start()];
      for (const peer of [first, second, first]) await requirePut(peer, newAction(), newBody(1_000));
      return undefined;
    },
  },
  {
    id: "processes/same-entries",
    level: "must",
    requirement:
      "When four processes put the same entries at once, every response names a file with the right body.",
    source,
    quote: documented.storesInFile,
    confirmedBy: "shares-temporary-file",
    go: {
      outcome: "fatal",
      text: "one of two concurrent go commands would fail when it puts a package index",
    },
    needs: ["get", "put"],
    deadline: 10_000,
    async run(context) {
      const peers = await Promise.all(Array.from({ length: 4 }, () => context.start()));
      // How long a round takes in which all processes run.
      let usual = 0;
      const times = await repeatFor(racing, async (round) => {
        const entries = Array.from({ length: 4 }, () => [newAction(), newBody(20_000)] as const);
        const started = performance.now();
        const puts = peers.map((peer) =>
          Promise.all(
            entries.map(async ([action, body]) => {
              const { diskPath } = await requirePut(peer, action, body);
              await requireBody(diskPath, body, "the file from the put");
            }),
          ),
        );
        if (round % 2 === 0) {
          await Promise.all(puts);
          usual = performance.now() - started;
        } else await haltOne(peers, puts, usual);
        const gets = peers.flatMap((peer) =>
          entries.map(async ([action, body]) => {
            const response = await get(peer, action);
            if (isHit(response)) await requireBody(response.diskPath, body, "the file from the hit");
          }),
        );
        await Promise.all(gets);
      });
      return `${times} rounds`;
    },
  },
  {
    id: "processes/same-action",
    level: "must",
    requirement:
      "When four processes put different bodies under the same actions at once, every hit is one of those bodies, whole.",
    source,
    quote: documented.hit,
    go: {
      outcome: "wrong result",
      text: 'go build would fail with "corrupt index", or link the wrong bytes',
    },
    needs: ["get", "put"],
    deadline: 10_000,
    async run(context) {
      const peers = await Promise.all(Array.from({ length: 4 }, () => context.start()));
      const actions: Uint8Array[] = [];
      const bodies = new Map<string, Uint8Array>();
      const bodyFor = (size: number) => {
        const body = newBody(size);
        bodies.set(outputOf(body).toHex(), body);
        return body;
      };
      for (let round = 0; round < 4; round++) {
        const fresh = newActions(6);
        actions.push(...fresh);
        const puts = peers.map((peer, i) =>
          Promise.all(fresh.map((action) => assumePut(peer, action, bodyFor(1_000 + i)))),
        );
        await haltOne(peers, puts, 3);
      }
      for (const action of actions) {
        for (const peer of peers) {
          const response = await get(peer, action);
          if (!isHit(response)) continue;
          const content = await contentAt(response.diskPath);
          const hash = typeof content === "string" ? content : outputOf(content).toHex();
          require(bodies.has(hash), "a file that holds one of the bodies", () => hash);
          // get/output-id reports an id of another length.
          const id = response.outputID.toHex();
          require(id.length !== 64 || id === hash, `OutputID ${hash}, the SHA-256 of the file`, () => id);
        }
      }
      return undefined;
    },
  },
  {
    id: "processes/idle",
    level: "must",
    requirement:
      "A process that gets no request for 15 s, while others start and end, still serves requests.",
    source: "go test waits for a test while an editor runs other go commands",
    confirmedBy: "yields-when-idle",
    go: {
      outcome: "fatal",
      text: 'go test would fail with "exited pre-Close", or when it puts a package index',
    },
    needs: ["get", "put"],
    slow: true,
    deadline: idle + 15_000,
    async run(context) {
      const [waiting, action, body] = [await context.start(), newAction(), newBody(1_000)];
      await assumePut(waiting, action, body);
      const end = performance.now() + idle;
      for (let turn = 0; performance.now() < end; turn++) {
        const visitor = await context.start();
        await assumePut(visitor, newAction(), newBody(1_000));
        await get(visitor, action);
        if (turn % 2 === 0) await assumeClose(visitor);
        else await visitor.kill();
        await within(2_000, waiting.outputEnded);
      }
      const { diskPath } = await requirePut(waiting, newAction(), body);
      await requireBody(diskPath, body, "the file from the put");
      const answer = await get(waiting, action);
      if (isHit(answer)) await requireBody(answer.diskPath, body, "the file from the hit");
      return undefined;
    },
  },
];

/**
 * Stops one process in the middle of its work, as a busy machine may do, until the others have done theirs.
 *
 * @param work the work of each process
 * @param time how long the work takes, in ms
 */
async function haltOne(
  peers: readonly Peer[],
  work: readonly Promise<unknown>[],
  time: number,
): Promise<void> {
  const all = Promise.all(work);
  const halted = randomInt(peers.length);
  const others = Promise.all(work.filter((_, index) => index !== halted));
  for (const each of [all, others]) each.catch(() => {}); // `all` is awaited below
  await spinFor(Math.random() * time);
  peers[halted]?.signal("SIGSTOP");
  // They may have to wait for it, for instance if it holds a lock.
  await within(10, others).catch(() => {});
  peers[halted]?.signal("SIGCONT");
  await all;
}
