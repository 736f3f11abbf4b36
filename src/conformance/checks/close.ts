import type { Check } from "../check.ts";
import { assumeClose } from "../conversation/calls.ts";
import { newAction, newActions, newBody, outputOf } from "../conversation/entry.ts";
import { repeatFor, requireSoon } from "../conversation/timing.ts";
import { assume, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import * as documented from "./documentation.ts";

const documentation = "cmd/go/internal/cacheprog, CmdClose: reply to this request and then exit";
/** How long it is ended again and again, in ms. */
const racing = 400;
const method = "cmd/go/internal/cache/prog.go, Close";

/** The end that go asks for. */
export const closeChecks: readonly Check[] = [
  {
    id: "close/answered",
    level: "must",
    requirement: "Close is answered, or ends the program; it does not wait for the end of stdin first.",
    source: method,
    quote: documented.exits,
    confirmedBy: "close-unanswered",
    go: { outcome: "hang", text: "go build would wait for ever, after all its work is done" },
    needs: ["close"],
    async run(context) {
      const peer = await context.start();
      await closed(peer);
      return undefined;
    },
  },
  {
    id: "close/reply",
    level: "should",
    requirement: "Close is answered before the program exits.",
    source: `${documentation}; go issue 70848: an exit will do since Go 1.24`,
    quote: documented.exits,
    go: { outcome: "nothing", text: "go takes the exit for an answer; before 1.24 it did not" },
    needs: ["close"],
    async run(context) {
      const answer = await assume(closed(await context.start()));
      require(answer !== undefined, "an answer to close", () => "it exits without one");
      return undefined;
    },
  },
  {
    id: "close/ends",
    level: "must",
    requirement:
      "After the answer to close nothing more is answered, and stdout ends, at the latest when stdin has.",
    source: `${method}: it waits for readLoop, which ends with stdout`,
    quote: documented.exits,
    confirmedBy: "stays-after-close",
    go: {
      outcome: "hang",
      text: "go build would wait for ever; at one more answer it would stop with: unknown request ID",
    },
    needs: ["close"],
    async run(context) {
      const peer = await context.start();
      await assume(closed(peer));
      await peer.endStdin();
      await peer.ended();
      return undefined;
    },
  },
  {
    id: "close/no-error",
    level: "must",
    requirement: "Close is answered without Err: the build is over, and can not be helped any more.",
    source: method,
    confirmedBy: "close-fails",
    go: {
      outcome: "fatal",
      text: "go build would fail after all its work is done, with the text of the error",
    },
    needs: ["close"],
    async run(context) {
      const answer = await assume(closed(await context.start()));
      const err = answer?.err ?? "";
      require(err === "", "an answer without Err to close", () => `Err ${JSON.stringify(err)}`);
      return undefined;
    },
  },
  {
    id: "close/earlier-requests",
    level: "should",
    requirement: "When close is answered, all requests before it were.",
    source: documentation,
    go: { outcome: "nothing", text: "go sends close when all else is answered; other clients may not" },
    needs: ["get", "close"],
    async run(context) {
      const times = await repeatFor(racing, async (round) => {
        const peer = await context.start();
        const requests = newActions(round % 2 === 0 ? 20 : 5).map((actionID) =>
          peer.prepare({ command: "get", actionID }),
        );
        // A put takes longer than a get: its answer is the one that comes too late.
        const body = newBody(100_000);
        const put = {
          command: "put",
          actionID: newAction(),
          outputID: outputOf(body),
          bodySize: body.length,
        };
        if (peer.commands.has("put") && round % 2 === 1) requests.push(peer.prepare(put, body));
        const end = peer.prepare({ command: "close" });
        await peer.write(Buffer.concat([...requests, end].map(({ bytes }) => bytes)));
        await assume(peer.closed(end.id));
        const [order, last] = [peer.answered, peer.answered.indexOf(end.id)];
        const early = last === -1 ? order : order.slice(0, last);
        const expected = `answers to all ${requests.length} requests before that to close`;
        require(early.length === requests.length, expected, () =>
          `only ${early.length} were, in round ${round + 1}`);
      });
      return `${times} rounds`;
    },
  },
  {
    id: "close/prompt",
    level: "should",
    requirement: "Stdout ends within two seconds of the answer to close.",
    source: method,
    go: { outcome: "slow", text: "every go build would take that much longer" },
    needs: ["close"],
    async run(context) {
      const peer = await context.start();
      await assume(closed(peer));
      await peer.endStdin();
      await requireSoon(peer.outputEnded, "the end of stdout");
      return undefined;
    },
  },
  {
    id: "close/by-itself",
    level: "should",
    requirement: "The program exits after the answer to close, and does not wait for the end of stdin.",
    source: documentation,
    go: { outcome: "nothing", text: "go ends stdin when it has the answer" },
    needs: ["close"],
    async run(context) {
      const peer = await context.start();
      await assume(closed(peer));
      await requireSoon(peer.exited, "the exit with stdin still open");
      return undefined;
    },
  },
  {
    id: "close/stdout-released",
    level: "should",
    requirement: "Stdout ends with the program: nothing that it has started keeps it open.",
    source: `${method}: it waits for readLoop, which ends with stdout`,
    go: { outcome: "slow", text: "go build would wait until that ends as well" },
    needs: ["close"],
    async run(context) {
      const peer = await context.start();
      await assume(closed(peer));
      await peer.endStdin();
      await assume(peer.exit());
      await requireSoon(peer.outputEnded, "the end of stdout, for the program has exited");
      return undefined;
    },
  },
  {
    id: "close/no-text",
    level: "should",
    requirement: "Nothing but answers comes on stdout after close either.",
    source: "cmd/go/internal/cache/prog.go, readLoop: after close it takes any error for the end",
    go: { outcome: "nothing", text: "go would not mind; other clients do" },
    needs: ["close"],
    async run(context) {
      const peer = await context.start();
      await assumeClose(peer);
      if (peer.noise !== undefined) throw peer.noise;
      return undefined;
    },
  },
  {
    id: "close/exit-code",
    level: "should",
    requirement: "The exit code is 0, after close as after the end of stdin.",
    source: "convention",
    go: { outcome: "nothing", text: "go does not look at it; other clients do" },
    needs: [],
    async run(context) {
      for (const last of ["close", "the end of stdin"]) {
        const peer = await context.start();
        if (peer.commands.has(last)) await assume(closed(peer));
        await peer.endStdin();
        const { code, signal } = await assume(peer.exit());
        const expected = `exit code 0 after ${last}`;
        require(code === 0, expected, () => (signal === null ? `exit code ${code}` : `an end by ${signal}`));
      }
      return undefined;
    },
  },
];

/** Sends close. @returns the answer, or undefined where there may be none and stdout has ended */
function closed(peer: Peer): ReturnType<Peer["closed"]> {
  return peer.closed(peer.send({ command: "close" }));
}
