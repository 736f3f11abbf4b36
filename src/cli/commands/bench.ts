import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { type Change, changesBetween, changesSince, regressions } from "../../bench/baseline.ts";
import { Contest } from "../../bench/contest.ts";
import { figuresIn, type Workload } from "../../bench/figure.ts";
import { load, thisMachine } from "../../bench/machine.ts";
import { programReport, type Report, ratiosOf } from "../../bench/report.ts";
import { csvReport } from "../../bench/reports/csv.ts";
import { jsonReport } from "../../bench/reports/json.ts";
import { textChanges, textReport } from "../../bench/reports/text.ts";
import { workloads } from "../../bench/select.ts";
import type { Contestant } from "../../bench/stage.ts";
import { warningsOf } from "../../bench/warnings.ts";
import { absoluteWords } from "../../conformance/command-words.ts";
import { legible, safeJSON } from "../../safe-text.ts";
import { benchGround } from "../bench-ground.ts";
import { type BenchSettings, benchSettings, defaultRounds } from "../bench-settings.ts";
import type { Command } from "../command.ts";
import { exit } from "../exit.ts";
import { Failure } from "../failure.ts";
import { type Launch, programHelp, programOptions } from "../launch.ts";
import { print, tell } from "../output.ts";
import { ProgressBar } from "../progress-bar.ts";
import { replaceFile } from "../replace-file.ts";
import { once } from "../report-files.ts";
import { Screen } from "../screen.ts";
import { choosePrograms, versusHelp } from "../versus.ts";

export const bench: Command = {
  name: "bench",
  summary: "Measures a cache program over the protocol, or compares two.",
  synopsis: "[options] [FIGURE...] [-- PROGRAM [ARG...]]",
  options: {
    workload: {
      value: "NAME",
      help: `what to measure: ${workloads.map(({ name }) => name).join(" or ")} (${workloads[0]?.name}); may be given more than once`,
    },
    vs: { help: "compare with another program; see above" },
    runs: {
      value: "N",
      help: `how many rounds there are (${defaultRounds.one}, or ${defaultRounds.two} with --vs)`,
    },
    time: {
      value: "SECONDS",
      help: "how long each figure is measured, in all rounds together (at most 2, so that all takes less than a minute); std is replayed as a whole",
    },
    json: { help: "write one line of JSON to stdout" },
    csv: { help: "write a table as CSV to stdout" },
    save: { value: "FILE", help: "write the figures to FILE, as JSON, to compare with later" },
    baseline: { value: "FILE", help: "compare with what was saved to FILE" },
    "max-regress": {
      value: "PERCENT",
      help: "fail where a figure is slower by more than that, such as 10%: than the baseline, and than the second program",
    },
    seed: { value: "TEXT", help: "make action ids and bodies from TEXT (random)" },
    ...programOptions,
  },
  details: `
${workloads.map(workloadHelp).join("\n\n")}

FIGURE is one of those, a group such as put, or a pattern such as '*/1'; without any, all of the workload are measured.

  cacheprogw bench -- ./my-cacheprog --dir {dir}
  cacheprogw bench --workload std -- ./my-cacheprog --dir {dir}
  cacheprogw bench --save before.json put -- ./my-cacheprog --dir {dir}
  cacheprogw bench --baseline before.json --max-regress 10% put -- ...
${versusHelp}
Each group of figures starts the program anew, in a sandbox as check has it; {dir} in an argument stands for a directory
that is empty at first. The rounds go through all figures and programs in turn, so that what else the machine does
meanwhile changes all of them alike. What is shown is the median of the rounds; the spread is what lies between the
slowest and the fastest. Latencies are of all calls, and a p99 takes a hundred. CPU is the program's, for a call. "of
limit" is what part it is of what this client reaches with a program that does nothing: near 100 %, it is the client that
is measured.

${programHelp}
The results go to stdout, what is to be said of them to stderr. The exit code is 0 if all was measured, 1 if a figure
is slower than --max-regress allows, 2 if what was asked for makes no sense, 3 if the program failed in the middle of a
figure, and 5 if it did not start or said no hello.
`,
  operands: Number.POSITIVE_INFINITY,
  async run(input) {
    const launches = choosePrograms(input);
    const settings = await benchSettings(input, launches.length);
    const report = await measure(launches, settings, input.options.get("seed") ?? randomUUID(), input.signal);
    return conclude(report, settings);
  },
};

function workloadHelp({ name, sentence, scenes }: Workload): string {
  const ids = figuresIn(scenes).map(({ id }) => id);
  return `--workload ${name}: ${sentence}: ${ids.join(", ")}.`;
}

/** The program that does nothing. */
const nothing: Contestant = {
  name: "a program that does nothing",
  words: (answer) => [
    process.execPath,
    fileURLToPath(new URL("../../bench/null-program.ts", import.meta.url)),
    answer,
  ],
};

async function measure(
  launches: readonly Launch[],
  { scenes, rounds, slice, limit }: BenchSettings,
  seed: string,
  signal: AbortSignal,
): Promise<Report> {
  const programs = launches.map(contestantOf);
  const [{ timeouts } = { timeouts: undefined }] = launches;
  if (timeouts === undefined) throw new Error("there is no program: a mistake in bench");
  const before = load();
  using bar = new ProgressBar(new Screen());
  const contest = new Contest(nothing, programs, benchGround(timeouts, signal), {
    scenes,
    rounds,
    slice,
    limit,
    seed,
    signal,
    onStep: ({ done, total, round, figure, contestant }) =>
      bar.show(done / total, `round ${round} of ${rounds}  ${figure.id}  ${contestant.name}`),
  });
  await contest.run();
  const [one, two] = programs.map((program) => contest.tallyOf(program));
  const atMost = contest.tallyOf(nothing);
  return {
    machine: thisMachine(),
    load: before,
    seed,
    rounds: contest.rounds,
    planned: rounds,
    slice,
    programs: programs.map((program) => programReport(program, contest.tallyOf(program), atMost)),
    limit: programReport(nothing, atMost, atMost),
    ratios: one === undefined || two === undefined ? [] : ratiosOf(one, two),
  };
}

function contestantOf({ argv, name, isReference }: Launch): Contestant {
  const words = absoluteWords(isReference ? [...argv, "--dir", "{dir}"] : argv);
  return { name: name.replace(/\s+/g, " "), words: () => words };
}

/** Writes what came of it. @returns the exit code */
async function conclude(report: Report, settings: BenchSettings): Promise<number> {
  const { format, save, baseline, maxRegress } = settings;
  const warnings = warningsOf(report, baseline);
  const changes = [
    ...(baseline === undefined ? [] : changesSince(baseline, report)),
    ...changesBetween(report),
  ];
  const json = `${safeJSON(jsonReport(report, { warnings, changes }))}\n`;
  if (save !== undefined) await replaceFile(save, once(json));
  const worse = maxRegress === undefined ? [] : regressions(changes, maxRegress);
  if (format === "json") await print(json);
  else if (format === "csv") await print(csvReport(report));
  else await print(legible(textReport(report) + textChanges(changes, worse, maxRegress)));
  if (format !== "text") {
    for (const { id } of worse) tell(`slower than is allowed: ${id}`);
  }
  for (const warning of warnings) tell(`note: ${warning}`);
  return exitCode(report, changes, worse, settings);
}

function exitCode(
  { programs }: Report,
  changes: readonly Change[],
  worse: readonly Change[],
  { baseline, maxRegress }: BenchSettings,
): number {
  const failed = programs.flatMap(({ name, results }) => {
    const whose = programs.length > 1 ? ` of ${name}` : "";
    const those = results.filter(({ problem }) => problem?.kind === "failed");
    return those.map(({ figure }) => `${figure.id}${whose}`);
  });
  if (failed.length > 0) throw new Failure(`could not be measured: ${failed.join(", ")}`);
  if (programs.some(({ results }) => results.every(({ speed }) => speed === undefined))) {
    throw new Failure(
      "nothing could be measured: the program declares none of the commands that it would take",
    );
  }
  if ((baseline !== undefined || maxRegress !== undefined) && changes.length === 0) {
    throw new Failure("there is nothing to compare: the baseline has none of these figures");
  }
  return worse.length === 0 ? exit.ok : exit.miss;
}
