import { within } from "../../wait.ts";
import type { CheckContext } from "../conversation/context.ts";
import { newAction, newActions, newBody } from "../conversation/new-entry.ts";
import { answers, assumePut, get, sendGet, sendGets, sendPut } from "../conversation/requests.ts";
import type { Check } from "../requirement.ts";
import * as documented from "./documentation.ts";

const noLimit = "cmd/go/internal/cache/prog.go, inFlight: one request for each of go's workers";
/** How long the program's stdout goes unread while requests are sent, in ms. */
const unread = 250;

/** Many requests at once. */
export const concurrencyChecks: readonly Check[] = [
  {
    id: "concurrency/64",
    level: "must",
    requirement: "The program handles 64 pending requests.",
    source: noLimit,
    quote: documented.replies,
    confirmedBy: "48-at-once",
    go: {
      outcome: "hang",
      text: "a go command with GOMAXPROCS=64 would wait forever for the missing responses",
    },
    needs: ["get"],
    run: (context) => sendMany(context, 64),
  },
  {
    id: "concurrency/512",
    level: "should",
    requirement: "The program handles 512 pending requests.",
    source: noLimit,
    go: {
      outcome: "hang",
      text: "a go command with GOMAXPROCS=512 would wait forever for the missing responses",
    },
    needs: ["get"],
    run: (context) => sendMany(context, 512),
  },
  {
    id: "concurrency/whole-answers",
    level: "must",
    requirement: "Each response is written whole; responses to concurrent requests aren't interleaved.",
    source: "cmd/go/internal/cache/prog.go, readLoop: one decoder reads them all",
    confirmedBy: "mixes-answers",
    go: { outcome: "fatal", text: 'go build would fail with "error reading JSON from GOCACHEPROG"' },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      const known = newActions(16);
      for (const actionID of known) await assumePut(peer, actionID, newBody(50));
      const gets = sendGets(peer, [...newActions(70), ...known, ...known, ...known, ...newActions(70)]);
      const puts = newActions(16).map((actionID) => sendPut(peer, actionID, newBody(5_000)));
      await answers(peer, [...gets, ...puts]);
      return undefined;
    },
  },
  {
    id: "concurrency/unread-answers",
    level: "must",
    requirement: "No request or response is lost if the program's stdout isn't read for a while.",
    source: "cmd/go/internal/cache/prog.go: go reads when it has time",
    quote: documented.replies,
    go: { outcome: "hang", text: "go build would wait forever for the lost responses" },
    needs: ["get", "put"],
    deadline: 20_000,
    async run(context) {
      const peer = await context.start();
      const actionID = newAction();
      await assumePut(peer, actionID, newBody(50));
      await get(peer, actionID); // a hit has the longer response, but a miss will do
      peer.pause();
      const before = sendGets(
        peer,
        Array.from({ length: 2_500 }, () => actionID),
      );
      const put = sendPut(peer, newAction(), newBody(20_000_000));
      const after = sendGets(peer, newActions(500));
      // The program may wait for a reader when the pipe is full: go always reads.
      const taken = await within(
        unread,
        peer.written().then(() => true),
      );
      peer.resume();
      await answers(peer, [...before, put, ...after]);
      return taken
        ? "read all requests before any response was read"
        : "read on only after its responses were read";
    },
  },
  {
    id: "concurrency/order",
    level: "info",
    requirement: "Requests may be answered in any order.",
    source: "cmd/go/internal/cacheprog, Response",
    go: { outcome: "nothing", text: "go accepts any order" },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      const ids = newActions(20).flatMap((actionID) => [
        sendPut(peer, actionID, newBody(100_000)),
        sendGet(peer),
      ]);
      await answers(peer, ids);
      const early = peer.answered.filter((id, at) => peer.answered.slice(0, at).some((other) => other > id));
      return early.length === 0
        ? "20 puts and 20 gets were answered in the order sent"
        : `${early.length} of 20 puts and 20 gets were answered after one that was sent later`;
    },
  },
  {
    id: "concurrency/behind-a-put",
    level: "info",
    requirement: "A get doesn't wait until an earlier put is stored.",
    source: "go build sends about a thousand gets, and waits for each",
    go: { outcome: "slow", text: "go build would take that much longer" },
    needs: ["get", "put"],
    deadline: 20_000,
    async run(context) {
      const peer = await context.start();
      const put = sendPut(peer, newAction(), newBody(32_000_000));
      const get = sendGet(peer);
      await peer.written();
      const sent = performance.now();
      const since = () => `${(performance.now() - sent).toFixed(1)} ms`;
      const [stored, answered] = await Promise.all([
        peer.answer(put).then(since),
        peer.answer(get).then(since),
      ]);
      return `after a put of 32 MB and a get were sent, the get was answered in ${answered}, the put in ${stored}`;
    },
  },
];

async function sendMany(context: CheckContext, count: number): Promise<undefined> {
  const peer = await context.start();
  await answers(peer, sendGets(peer, newActions(count)));
  return undefined;
}
