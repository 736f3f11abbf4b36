import { newAction, newActions, newBody, outputOf } from "../conversation/new-entry.ts";
import { assumeClose } from "../conversation/requests.ts";
import { repeatFor, requireSoon } from "../conversation/timing.ts";
import { assume, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import type { Check } from "../requirement.ts";
import * as documented from "./documentation.ts";

const documentation = "cmd/go/internal/cacheprog, CmdClose: reply to this request and then exit";
/** How long a race is repeated, in ms. */
const racing = 250;
const method = "cmd/go/internal/cache/prog.go, Close";

/** How the program shuts down after close. */
export const closeChecks: readonly Check[] = [
  {
    id: "close/answered",
    level: "must",
    requirement: "Close gets a response, or ends the program, before stdin ends.",
    source: method,
    quote: documented.exits,
    confirmedBy: "close-unanswered",
    go: { outcome: "hang", text: "go build would wait forever, after all its work is done" },
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
    requirement: "Close gets a response before the program exits.",
    source: `${documentation}; go issue 70848: since Go 1.24 an exit is enough`,
    quote: documented.exits,
    go: { outcome: "nothing", text: "go accepts the exit instead of a response; before 1.24 it didn't" },
    needs: ["close"],
    async run(context) {
      const answer = await assume(closed(await context.start()));
      require(answer !== undefined, "a response to close", () => "the program exits without one");
      return undefined;
    },
  },
  {
    id: "close/ends",
    level: "must",
    requirement:
      "The response to close is the last one; stdout ends after it, at the latest once stdin has ended.",
    source: `${method}: it waits for readLoop, which ends with stdout`,
    quote: documented.exits,
    confirmedBy: "stays-after-close",
    go: {
      outcome: "hang",
      text: 'go build would wait forever; at another response it would fail with "unknown request ID"',
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
    requirement: "The response to close has no Err: the build is already over.",
    source: method,
    confirmedBy: "close-fails",
    go: {
      outcome: "fatal",
      text: "go build would fail with the text of Err, after all its work is done",
    },
    needs: ["close"],
    async run(context) {
      const answer = await assume(closed(await context.start()));
      const err = answer?.err ?? "";
      require(err === "", "a response to close without Err", () => `Err ${JSON.stringify(err)}`);
      return undefined;
    },
  },
  {
    id: "close/earlier-requests",
    level: "should",
    requirement: "All earlier requests are answered before close.",
    source: documentation,
    go: {
      outcome: "nothing",
      text: "go sends close after all other responses; other clients may send it earlier",
    },
    needs: ["get", "close"],
    async run(context) {
      const times = await repeatFor(racing, async (round) => {
        const peer = await context.start();
        const requests = newActions(round % 2 === 0 ? 20 : 5).map((actionID) =>
          peer.prepare({ command: "get", actionID }),
        );
        // A put takes longer than a get: its response is the one that would come too late.
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
        const expected = `responses to all ${requests.length} earlier requests before the response to close`;
        require(early.length === requests.length, expected, () =>
          `only ${early.length} of them, in round ${round + 1}`);
      });
      return `${times} rounds`;
    },
  },
  {
    id: "close/prompt",
    level: "should",
    requirement: "Stdout ends within two seconds of the response to close.",
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
    requirement: "The program exits after the response to close, without waiting for the end of stdin.",
    source: documentation,
    go: { outcome: "nothing", text: "go closes stdin when it has the response" },
    needs: ["close"],
    async run(context) {
      const peer = await context.start();
      await assume(closed(peer));
      await requireSoon(peer.exited, "an exit while stdin is open");
      return undefined;
    },
  },
  {
    id: "close/stdout-released",
    level: "should",
    requirement: "Stdout ends when the program exits: no child process keeps it open.",
    source: `${method}: it waits for readLoop, which ends with stdout`,
    go: { outcome: "slow", text: "go build would wait until the child process exits as well" },
    needs: ["close"],
    async run(context) {
      const peer = await context.start();
      await assume(closed(peer));
      await peer.endStdin();
      await assume(peer.exit());
      await requireSoon(peer.outputEnded, "the end of stdout after the program's exit");
      return undefined;
    },
  },
  {
    id: "close/no-text",
    level: "should",
    requirement: "After close, the program still writes nothing but responses to stdout.",
    source: "cmd/go/internal/cache/prog.go, readLoop: after close it treats any error as the end",
    go: { outcome: "nothing", text: "go ignores it; other clients don't" },
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
    requirement: "The exit code is 0, both after close and after the end of stdin.",
    source: "convention",
    go: { outcome: "nothing", text: "go ignores it; other clients don't" },
    needs: [],
    async run(context) {
      for (const last of ["close", "the end of stdin"]) {
        const peer = await context.start();
        if (peer.commands.has(last)) await assume(closed(peer));
        await peer.endStdin();
        const { code, signal } = await assume(peer.exit());
        const expected = `exit code 0 after ${last}`;
        require(code === 0, expected, () => (signal === null ? `exit code ${code}` : `killed by ${signal}`));
      }
      return undefined;
    },
  },
];

/** Sends close. @returns the response, or undefined if stdout ended without one and the dialect allows that */
function closed(peer: Peer): ReturnType<Peer["closed"]> {
  return peer.closed(peer.send({ command: "close" }));
}
