import type { CheckContext } from "../conversation/context.ts";
import { contentAt } from "../conversation/disk-file.ts";
import { newAction, newActions, newBody, outputOf } from "../conversation/new-entry.ts";
import { answers, assumePut, get, isHit, sendGet, sendGets, sendPut } from "../conversation/requests.ts";
import { repeatFor, requireSoon } from "../conversation/timing.ts";
import { assume, require } from "../finding.ts";
import type { Peer } from "../peer/peer.ts";
import type { Check } from "../requirement.ts";

/** How long a race is repeated, in ms. */
const racing = 250;

/** Ends without close: the end of stdin, and signals. */
export const endChecks: readonly Check[] = [
  {
    id: "end/of-stdin",
    level: "must",
    requirement: "The program exits when stdin ends without close.",
    source: "cmd/go/internal/cache/prog.go: only Builder.Do calls Close; go list and others just exit",
    confirmedBy: "stays-after-stdin",
    go: {
      outcome: "hang",
      text: "go list and others would each leave a process behind; an editor that reads their stderr to its end would wait forever",
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
      "When stdin ends within a body, the program exits, and a later get of that action is a miss.",
    source: "go is interrupted or killed in the middle of a put",
    confirmedBy: "keeps-half-a-body",
    go: {
      outcome: "fatal",
      text: 'go build would fail every time it links the incomplete file, or with "corrupt index"',
    },
    needs: ["get", "put"],
    async run(context) {
      const peer = await context.start();
      const [actionID, body] = [newAction(), newBody(3_000)];
      const request = { command: "put", actionID, outputID: outputOf(body), bodySize: body.length };
      const { bytes } = peer.prepare(request, body);
      // The cut is at a whole group of four characters, so what is there is valid base64.
      await peer.write(bytes.subarray(0, bytes.length - '"\n'.length - 2_000));
      await peer.endStdin();
      await peer.exit();
      const next = await context.start();
      const answer = await get(next, actionID);
      require(!isHit(answer), "a miss on the action of the incomplete body", () =>
        `a hit with Size ${answer.size}`);
      return undefined;
    },
  },
  {
    id: "end/answers",
    level: "should",
    requirement: "Requests sent before the end of stdin are answered.",
    source: "cmd/go/internal/cacheprog: the subprocess should reply to each Request",
    go: {
      outcome: "nothing",
      text: "go has exited by then; a client that closes stdin early waits for the responses",
    },
    needs: ["get"],
    async run(context) {
      const times = await repeatFor(racing, async (round) => {
        const peer = await context.start();
        const ids = sendGets(peer, newActions(25));
        // A put takes longer than a get: its response is the one that would be lost.
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
    requirement: "When the reader of its stdout is gone, the program exits without writing to stderr.",
    source: "go list and others just exit: stdin and stdout end at once, and stderr is the terminal",
    go: { outcome: "nothing", text: "the text would look like output of go list and others" },
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
    requirement: "SIGTERM ends the program within two seconds; a later get returns the right body or a miss.",
    source: "init systems and container runtimes send it",
    go: { outcome: "nothing", text: "go sends no signals" },
    needs: ["get", "put"],
    run: (context) => endedBy(context, "SIGTERM"),
  },
  {
    id: "end/sigint",
    level: "should",
    requirement: "SIGINT ends the program within two seconds; a later get returns the right body or a miss.",
    source: "the program is in go's process group, so Ctrl-C reaches it",
    go: {
      outcome: "nothing",
      text: "go build would exit, and the program would stay until it sees the end of stdin",
    },
    needs: ["get", "put"],
    run: (context) => endedBy(context, "SIGINT"),
  },
];

async function endedBy(context: CheckContext, signal: NodeJS.Signals): Promise<string> {
  const [peer, actionID, body] = [await context.start(), newAction(), newBody(1_000)];
  await assumePut(peer, actionID, body);
  peer.signal(signal);
  await requireSoon(peer.exited, `an exit after ${signal}`);
  const answer = await get(await context.start(), actionID);
  if (!isHit(answer)) return "a miss after a restart";
  const content = await contentAt(answer.diskPath);
  const right = typeof content !== "string" && Buffer.compare(content, body) === 0;
  require(right, "a miss, or a hit on the body of the put", () => "a hit on a file with other content");
  return "a hit after a restart";
}

/** Runs a program until `before` is done and stdin has ended. @returns the lines it wrote to stderr */
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
