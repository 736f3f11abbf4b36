import { plural, sizeText } from "../../quantities.ts";
import { oneLine } from "../../safe-text.ts";
import { jsonReplay } from "../../trace/replay/json.ts";
import { Replay, type ReplayRun } from "../../trace/replay/replay.ts";
import type { Command, Input } from "../command.ts";
import { exit } from "../exit.ts";
import { UsageError } from "../failure.ts";
import { givenPath } from "../files/given-path.ts";
import { chooseProgram } from "../process/choose-program.ts";
import { programHelp, programOptions } from "../process/launch.ts";
import { sandboxedWords, sandboxHost } from "../process/sandboxed.ts";
import { replayText } from "../replay/text.ts";
import { passOn, printJSON } from "../terminal/output.ts";
import { withProgress } from "../terminal/scan-progress.ts";

/** The largest --in-flight. */
const most = 10_000;

export const replay: Command = {
  name: "replay",
  summary: "Send the requests of a recorded build to a cache program, and compare.",
  synopsis: "[options] TRACE [-- PROGRAM [ARG...]]",
  options: {
    pace: {
      value: "PACE",
      help: "recorded: give go the time between a response and the next request that it took (default: as fast as possible)",
    },
    "in-flight": {
      value: "N",
      help: "keep N requests in flight (default: as many as the recording had; see below)",
    },
    bodies: {
      value: "DIR",
      help: "take bodies from DIR, as cacheprogw record --bodies wrote them (default: made ones of the same sizes)",
    },
    cold: { help: "don't put first what was in the cache before the recording" },
    seed: { value: "TEXT", help: "make action ids and bodies from TEXT (default: random)" },
    json: { help: "print one line of JSON; src/trace/README.md describes it" },
    ...programOptions,
  },
  examples: [
    "cacheprogw replay build.jsonl -- ./my-cacheprog --dir {dir}",
    "cacheprogw replay --pace recorded build.jsonl -- ./my-cacheprog --dir {dir}",
    "cacheprogw replay --in-flight 64 --json build.jsonl -- ./mine {dir}",
  ],
  details: `
TRACE is a file that cacheprogw record or cacheprogw trace wrote. Its gets and puts are sent again, in the same order.

A request is sent when all requests that had their response before it in the recording have one now. go may have needed
any of them before it could send this one, and needed no other: so the program sees at most as many requests in flight
as the recorded one did, and none that go couldn't have sent. With --in-flight, a request only waits for earlier ones
of its own action.

A get that hit although the trace hasn't put its action found an entry that was there before. Such entries are put
first, by a process of their own, so that they hit again; with --cold they are not.

Bodies are made, and the outputs are theirs, so a program that verifies accepts them. Action ids are made too, so that
no go command ever finds a made body. With --bodies, an action whose bodies are all in DIR keeps its id.

The program runs in a sandbox, as with check. In an argument, {dir} stands for a directory that is empty at first.

In the report, waiting is the part of the time with a request in flight.
${programHelp}
The report goes to stderr.
`,
  exitCodes: [
    [exit.ok, "replayed; each entry that is there was found"],
    [exit.miss, "a get of an entry that is there missed or found another, or a request was refused"],
    [exit.usage, "usage error; nothing was run"],
    [exit.failed, "the trace can't be read, or the program died or took too long"],
    [exit.internal, "internal error (a bug in cacheprogw)"],
    [exit.notStarted, "the program couldn't be started, or never said hello"],
  ],
  operands: 1,
  async run(input) {
    const { operands, options, signal } = input;
    const [operand] = operands;
    if (operand === undefined) throw new UsageError("no trace given; expected: cacheprogw replay TRACE");
    const pacing = pacingOf(input);
    const launch = chooseProgram(input);
    const [seed, bodies] = [options.get("seed"), options.get("bodies")];
    const given = { ...(seed !== undefined && { seed }), ...(bodies !== undefined && { bodies }) };
    const replayed = await Replay.load(givenPath(operand, "the trace"), given);
    passOn(`cacheprogw replay · ${oneLine(replayed.plan.name)} · ${oneLine(launch.name)}`);
    const host = sandboxHost(launch.timeouts, signal);
    const words = sandboxedWords(launch);
    await using sandbox = await host.sandbox();

    let prepared = { entries: 0, bytes: 0 };
    if (!options.has("cold") && replayed.plan.prepared.length > 0) {
      await withProgress("preparing", (onProgress) =>
        host.run(words, sandbox, async (cache) => {
          prepared = await replayed.prepare(cache, { signal, onProgress });
        }),
      );
      passOn(`prepared: ${plural(prepared.entries, "entry", "entries")}, ${sizeText(prepared.bytes)}`);
    }
    const report = await withProgress("replaying", async (onProgress) => {
      const reports: Awaited<ReturnType<typeof replayed.run>>[] = [];
      await host.run(words, sandbox, async (cache) => {
        reports.push(await replayed.run(cache, { ...pacing, signal, onProgress }));
      });
      return reports[0];
    });
    if (report === undefined) throw new Error("bug in replay: there is no report");
    passOn(`\n${replayText(report).trimEnd()}`);
    if (options.has("json")) await printJSON(jsonReplay(report, prepared));
    return report.problems.length === 0 ? exit.ok : exit.miss;
  },
};

/** @throws {UsageError} */
function pacingOf({ options }: Input): Pick<ReplayRun, "inFlight" | "pace"> {
  const [pace, count] = [options.get("pace"), options.get("in-flight")];
  if (pace !== undefined && pace !== "recorded")
    throw new UsageError(`option --pace is ${JSON.stringify(pace)}; expected recorded`);
  if (count === undefined) return pace === undefined ? {} : { pace };
  if (pace !== undefined)
    throw new UsageError("--pace recorded has the recorded number of requests in flight; remove --in-flight");
  if (/^[1-9]\d*$/.test(count) && Number(count) <= most) return { inFlight: Number(count) };
  throw new UsageError(`option --in-flight is ${JSON.stringify(count)}; expected a number from 1 to ${most}`);
}
