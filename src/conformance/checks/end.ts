import type { Check } from "../check.ts";
import { answers, assumePut, get, isHit, sendGet, sendGets, sendPut } from "../conversation/calls.ts";
import type { CheckContext } from "../conversation/context.ts";
import { contentAt } from "../conversation/disk-file.ts";
import { newAction, newActions, newBody, outputOf } from "../conversation/entry.ts";
import { repeatFor, requireSoon } from "../conversation/timing.ts";
import { assume, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";

/** How long it is ended again and again, in ms. */
const racing = 400;

/** The end that nobody announces: of stdin, by a signal. */
export const endChecks: readonly Check[] = [
  {
    id: "end/of-stdin",
    level: "must",
    requirement: "The end of stdin without close ends the program.",
    source: "cmd/go/internal/cache/prog.go: only Builder.Do calls Close, so go list and others just exit",
    confirmedBy: "stays-after-stdin",
    go: {
      outcome: "hang",
      text: "go list and others would each leave a process behind, and who reads their stderr to its end, as editors do, would wait for ever",
    },
    needs: [],
    async run(context) {
      const peer = await context.start();
      await peer.endStdin();
      await peer.exit();
      return undefined;
    },
  },
  {
    id: "end/within-a-body",
    level: "must",
    requirement:
      "A put whose body is cut off by the end of stdin ends the program, and is not served as an entry.",
    source: "go is stopped in the middle of a put, or killed",
    confirmedBy: "keeps-half-a-body",
    go: {
      outcome: "fatal",
      text: "go build would stop as it links half a file, every time, or with: corrupt index",
    },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      const [actionID, body] = [newAction(), newBody(3_000)];
      const request = { command: "put", actionID, outputID: outputOf(body), bodySize: body.length };
      const { bytes } = peer.prepare(request, body);
      // Whole groups of four characters are there: nothing but the end is missing.
      await peer.write(bytes.subarray(0, bytes.length - '"\n'.length - 2_000));
      await peer.endStdin();
      await peer.exit();
      const next = await context.start();
      const answer = await get(next, actionID);
      require(!isHit(answer), "a miss", () => `a hit, of ${answer.size} bytes`);
      return undefined;
    },
  },
  {
    id: "end/answers",
    level: "should",
    requirement: "What was asked before the end of stdin is answered.",
    source: "cmd/go/internal/cacheprog: the subprocess should reply to each Request",
    go: { outcome: "nothing", text: "go is gone by then; a client that ends stdin early waits for them" },
    needs: ["get"],
    async run(context) {
      const times = await repeatFor(racing, async (round) => {
        const peer = await context.start();
        const ids = sendGets(peer, newActions(25));
        // A put takes longer than a get: its answer is the one that does not come.
        if (peer.commands.has("put") && round % 2 === 1)
          ids.push(sendPut(peer, newAction(), newBody(100_000)));
        await peer.endStdin();
        await answers(peer, ids);
      });
      return `${times} rounds`;
    },
  },
  {
    id: "end/no-reader",
    level: "should",
    requirement: "A program that nobody reads any more ends without a word on stderr.",
    source: "go list and others just exit: stdin and stdout end at once, and stderr is the terminal",
    go: { outcome: "nothing", text: "go list and others would seem to print it" },
    needs: ["get"],
    async run(context) {
      const usual = await stderrOf(context, "usual", async () => {});
      const left = await stderrOf(context, "left", async (peer) => {
        peer.closeOutput();
        await answers(peer, sendGets(peer, newActions(20))).catch(() => {});
        sendGet(peer);
      });
      const more = left.filter((line) => !usual.includes(line));
      require(more.length === 0, "nothing on stderr", () => JSON.stringify(more.slice(-3).join("\n")));
      return undefined;
    },
  },
  {
    id: "end/sigterm",
    level: "should",
    requirement:
      "SIGTERM ends the program within two seconds, and what was put is served right or not at all.",
    source: "what an init system or a container sends",
    go: { outcome: "nothing", text: "go sends no signals" },
    needs: ["get", "put"],
    run: (context) => endedBy(context, "SIGTERM"),
  },
  {
    id: "end/sigint",
    level: "should",
    requirement:
      "SIGINT ends the program within two seconds, and what was put is served right or not at all.",
    source: "it is in go's process group, so that Ctrl-C reaches it",
    go: {
      outcome: "nothing",
      text: "go build would end, and leave a process behind until that sees the end of stdin",
    },
    needs: ["get", "put"],
    run: (context) => endedBy(context, "SIGINT"),
  },
];

async function endedBy(context: CheckContext, signal: NodeJS.Signals): Promise<string> {
  const [peer, actionID, body] = [await context.start(), newAction(), newBody(1_000)];
  await assumePut(peer, actionID, body);
  peer.signal(signal);
  await requireSoon(peer.exited, `the exit after ${signal}`);
  const answer = await get(await context.start(), actionID);
  if (!isHit(answer)) return "a miss after a new start";
  const content = await contentAt(answer.diskPath);
  const right = typeof content !== "string" && Buffer.compare(content, body) === 0;
  require(right, "a miss, or the body that was put", () => "a hit with another file");
  return "a hit after a new start";
}

/** The lines on stderr of a program whose stdin ends when `before` is done. */
async function stderrOf(
  context: CheckContext,
  name: string,
  before: (peer: Peer) => Promise<void>,
): Promise<string[]> {
  const stderrFile = context.sandbox.path(name);
  const peer = await context.start({ stderrFile });
  await before(peer);
  await peer.endStdin();
  await assume(peer.exit());
  return (await Bun.file(stderrFile).text()).split("\n").filter((line) => line !== "");
}
