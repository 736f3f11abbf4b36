import { randomUUID } from "node:crypto";
import { figuresIn, type Workload } from "../../bench/workloads/figure.ts";
import { workloads } from "../../bench/workloads/select.ts";
import { choosePrograms, versusHelp } from "../arguments/versus.ts";
import { conclude } from "../bench/outcome.ts";
import { measure } from "../bench/run.ts";
import { benchSettings, defaultBudget, defaultRounds } from "../bench/settings.ts";
import type { Command } from "../command.ts";
import { exit } from "../exit.ts";
import { programHelp, programOptions } from "../process/launch.ts";

export const bench: Command = {
  name: "bench",
  summary: "Measure a cache program over the protocol, or compare two.",
  synopsis: "[options] [FIGURE...] [-- PROGRAM [ARG...]]",
  options: {
    workload: {
      value: "NAME",
      help: `measure ${workloads.map(({ name }) => name).join(" or ")}, or the requests of a trace, given by its path (default: ${workloads[0]?.name}); can be repeated`,
    },
    vs: { help: "compare two programs; see below" },
    runs: {
      value: "N",
      help: `run N rounds (default: ${defaultRounds.one}, or ${defaultRounds.two} with --vs)`,
    },
    time: {
      value: "SECONDS",
      help: "measure each figure for that long, over all rounds (default: at most 2, so the run takes less than a minute); a build is always replayed whole",
    },
    json: { help: "print one line of JSON" },
    csv: { help: "print a table as CSV" },
    markdown: { help: "print a report as Markdown, for the summary of a CI job" },
    report: { value: "html=FILE", help: "write a page to FILE, with plots and the spread of each figure" },
    save: { value: "FILE", help: "save the figures to FILE, for --baseline" },
    baseline: { value: "FILE", help: "compare with the figures saved to FILE" },
    "max-regress": {
      value: "PERCENT",
      help: "fail if a figure is slower than the baseline, or than the second program, by more than PERCENT, such as 10%",
    },
    budget: {
      value: "SECONDS",
      help: `time limit of the run while --max-regress is undecided (default: ${defaultBudget / 1_000}; with --runs, no rounds are added)`,
    },
    seed: { value: "TEXT", help: "make action ids and bodies from TEXT (default: random)" },
    ...programOptions,
  },
  examples: [
    "cacheprogw bench -- ./my-cacheprog --dir {dir}",
    "cacheprogw bench --workload std -- ./my-cacheprog --dir {dir}",
    "cacheprogw bench --workload build.jsonl -- ./my-cacheprog --dir {dir}",
    "cacheprogw bench --save before.json put -- ./my-cacheprog --dir {dir}",
    "cacheprogw bench --baseline before.json --max-regress 10% put -- ...",
    "cacheprogw bench -- ./mine --dir {dir} --vs -- ./other {dir}",
  ],
  details: `
FIGURE is the id of a figure, a group such as put, or a pattern such as '*/1'. Without FIGURE, the whole workload is
measured.

${workloads.map(workloadHelp).join("\n\n")}

A trace, which cacheprogw record or trace wrote, is a workload too, with one figure: trace/ and the name of its file.
Its requests are sent as cacheprogw replay sends them.

Each group of figures starts the program anew, in a sandbox as check does. In an argument, {dir} stands for a directory
that is empty at first. The rounds go through all figures and programs in turn, so whatever else the machine does
affects all of them alike.

In the report:
  median    the median of the rounds
  spread    fastest round minus slowest, as a share of the median
  CPU       CPU time of the program per call
  memory    peak memory of the program (outside Linux: at the end)
  of limit  share of the throughput of a no-op program; near 100 %, you're
            measuring the client
  p50 ...   latencies over all calls; a p99 needs a hundred calls

${versusHelp}
Two programs are compared round by round. Against a baseline, a figure counts as changed only if its speed and its share
of the limit have both changed: the machine may have been faster or slower then. A figure is called faster, slower or
too slow only if the rounds leave little doubt; the true factor lies in the interval shown. While it's undecided whether
a figure is slower than --max-regress allows, that figure is measured for more rounds.

${programHelp}
Results go to stdout, notes about them to stderr.
`,
  exitCodes: [
    [exit.ok, "everything was measured; no figure is slower than --max-regress allows"],
    [exit.miss, "a figure is slower than --max-regress allows"],
    [exit.usage, "usage error; nothing was run"],
    [exit.failed, "the program failed during a figure"],
    [exit.internal, "internal error (a bug in cacheprogw)"],
    [exit.notStarted, "the program couldn't be started, or never said hello"],
    [exit.undecided, "undecided: the rounds don't show whether a figure is too slow"],
  ],
  operands: Number.POSITIVE_INFINITY,
  async run(input) {
    const launches = choosePrograms(input);
    const settings = await benchSettings(input, launches.length);
    const report = await measure(launches, settings, input.options.get("seed") ?? randomUUID(), input.signal);
    return conclude(report, settings);
  },
};

function workloadHelp({ name, description, scenarios }: Workload): string {
  const ids = figuresIn(scenarios).map(({ id }) => id);
  return `Workload ${name}: ${description}. Its figures: ${ids.join(", ")}.`;
}
