import { randomUUID } from "node:crypto";
import { figuresIn, type Workload } from "../../bench/workloads/figure.ts";
import { workloads } from "../../bench/workloads/select.ts";
import { choosePrograms, versusHelp } from "../arguments/versus.ts";
import { conclude } from "../bench/outcome.ts";
import { measure } from "../bench/run.ts";
import { benchSettings, defaultBudget, defaultRounds } from "../bench/settings.ts";
import type { Command } from "../command.ts";
import { programHelp, programOptions } from "../process/launch.ts";

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
    markdown: { help: "write a report as Markdown to stdout, for the summary of a workflow" },
    save: { value: "FILE", help: "write the figures to FILE, as JSON, to compare with later" },
    baseline: { value: "FILE", help: "compare with what was saved to FILE" },
    "max-regress": {
      value: "PERCENT",
      help: "fail where a figure is slower by more than that, such as 10%: than the baseline, and than the second program",
    },
    budget: {
      value: "SECONDS",
      help: `how long --max-regress may go on in all where the rounds don't agree yet (${defaultBudget / 1_000}; not at all with --runs)`,
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

Two programs are compared round by round. With a baseline, both the speed and the part of the limit have to agree, since
the machine may have been faster then. A figure is called faster, slower or too slow only where the rounds leave little doubt: between the
two factors that are shown the true one lies. As long as they don't tell whether a figure is slower than --max-regress
allows, more rounds of it are measured.

${programHelp}
The results go to stdout, what is to be said of them to stderr. The exit code is 0 if all was measured, 1 if a figure
is slower than --max-regress allows, 2 if what was asked for makes no sense, 3 if the program failed in the middle of a
figure, 5 if it did not start or said no hello, and 6 if the rounds don't tell whether a figure is too slow.
`,
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
  return `--workload ${name}: ${description}: ${ids.join(", ")}.`;
}
