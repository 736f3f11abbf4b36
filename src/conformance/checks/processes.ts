import { within } from "../../wait.ts";
import type { Check } from "../check.ts";
import { assumeClose, assumePut, get, isHit, requirePut } from "../conversation/calls.ts";
import { contentAt, requireBody } from "../conversation/disk-file.ts";
import { newAction, newActions, newBody, outputOf } from "../conversation/entry.ts";
import { repeatFor, spinFor } from "../conversation/timing.ts";
import { require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import * as documented from "./documentation.ts";

const source = "each go command starts its own process, and several run at the same time";

/** How long a race is repeated, in ms. */
const racing = 450;
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
      const times = await repeatFor(racing, async (round) => {
        const entries = Array.from({ length: 6 }, () => [newAction(), newBody(20_000)] as const);
        const work = peers.map(async (peer) => {
          for (const [action, body] of entries) {
            const { diskPath } = await requirePut(peer, action, body);
            await requireBody(diskPath, body, "the file from the put");
            const response = await get(peer, action);
            if (isHit(response)) await requireBody(response.diskPath, body, "the file from the hit");
          }
        });
        await haltOne(peers[round % peers.length], Promise.all(work));
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
      for (const halted of peers) {
        const fresh = newActions(6);
        actions.push(...fresh);
        const puts = peers.flatMap((peer, i) =>
          fresh.map((action) => assumePut(peer, action, bodyFor(1_000 + i))),
        );
        await haltOne(halted, Promise.all(puts));
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

/** Stops one process in the middle of some work, as a busy machine may do, while the others go on. */
async function haltOne(halted: Peer | undefined, work: Promise<unknown>): Promise<void> {
  work.catch(() => {}); // awaited below
  await spinFor(Math.random() * 3);
  halted?.signal("SIGSTOP");
  await within(10, work).catch(() => {});
  halted?.signal("SIGCONT");
  await work;
}
