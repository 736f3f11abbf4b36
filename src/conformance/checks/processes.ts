import { within } from "../../client/deadline.ts";
import type { Check } from "../check.ts";
import { assumeClose, assumePut, get, isHit, requirePut } from "../conversation/calls.ts";
import { contentAt, requireBody } from "../conversation/disk-file.ts";
import { newAction, newActions, newBody, outputOf } from "../conversation/entry.ts";
import { repeatFor, spinFor } from "../conversation/timing.ts";
import { require } from "../finding.ts";
import * as documented from "./documentation.ts";

const source = "cmd/go starts one for each go command, and several run at the same time";

/** How long they race, in ms. */
const racing = 450;
/** How long one of them is left alone, in ms. */
const idle = 15_000;

/** Several processes of the program on the same directory. */
export const processesChecks: readonly Check[] = [
  {
    id: "processes/side-by-side",
    level: "must",
    requirement: "A second process works while the first one lives.",
    source,
    confirmedBy: "locks-directory",
    go: {
      outcome: "hang",
      text: "a go command would stop, or wait, where an editor or a script runs another",
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
    requirement: "Four processes put the same entries at once, and each is answered with the right file.",
    source,
    quote: documented.storesInFile,
    confirmedBy: "shares-temporary-file",
    go: {
      outcome: "fatal",
      text: "of two go commands at once, one would stop where the index of a package is put",
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
            await requireBody(diskPath, body, "the file that put named");
            const response = await get(peer, action);
            if (isHit(response)) await requireBody(response.diskPath, body, "the file that the hit named");
          }
        });
        const done = Promise.all(work);
        done.catch(() => {}); // it is waited for below
        // One stops in the middle of it, as a busy machine may have it, and the others go on.
        const halted = peers[round % peers.length];
        await spinFor(Math.random() * 3);
        halted?.signal("SIGSTOP");
        await within(10, done).catch(() => {});
        halted?.signal("SIGCONT");
        await done;
      });
      return `${times} rounds`;
    },
  },
  {
    id: "processes/same-action",
    level: "must",
    requirement:
      "Four processes put different bodies under the same actions at once: every hit is one of them, and whole.",
    source,
    quote: documented.hit,
    go: {
      outcome: "wrong result",
      text: "go build would stop with: corrupt index, or link what is in the file",
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
      // Again and again: on a busy machine the processes may take their turns one after the other.
      for (let round = 0; round < 4; round++) {
        const fresh = newActions(16);
        actions.push(...fresh);
        const puts = peers.flatMap((peer, i) =>
          fresh.map((action) => assumePut(peer, action, bodyFor(1_000 + i))),
        );
        await Promise.all(puts);
      }
      for (const action of actions) {
        for (const peer of peers) {
          const response = await get(peer, action);
          if (!isHit(response)) continue;
          const content = await contentAt(response.diskPath);
          const hash = typeof content === "string" ? content : outputOf(content).toHex();
          require(bodies.has(hash), "the file of one of the bodies that were put", () => hash);
          // An id of another length is the matter of another check.
          const id = response.outputID.toHex();
          require(id.length !== 64 || id === hash, `OutputID ${hash}, as the file has it`, () => id);
        }
      }
      return undefined;
    },
  },
  {
    id: "processes/idle",
    level: "must",
    requirement: "A process that is asked nothing for 15 s, while others come and go, still serves.",
    source: "go test waits for a test, while an editor runs other go commands",
    confirmedBy: "yields-when-idle",
    go: {
      outcome: "fatal",
      text: "go test would stop with: exited pre-Close, or where the index of a package is put",
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
      await requireBody(diskPath, body, "the file that put named");
      const answer = await get(waiting, action);
      if (isHit(answer)) await requireBody(answer.diskPath, body, "the file that the hit named");
      return undefined;
    },
  },
];
