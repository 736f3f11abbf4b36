import { Benchmark, type Tallies } from "../../bench/benchmark.ts";
import { comparisonsOf } from "../../bench/comparison/comparison.ts";
import { load, thisMachine } from "../../bench/machine.ts";
import { programReport, type Report, ratiosOf } from "../../bench/report.ts";
import type { Candidate } from "../../bench/scenario-runner.ts";
import type { Scenario } from "../../bench/workloads/figure.ts";
import { select } from "../../bench/workloads/select.ts";
import type { Launch } from "../process/launch.ts";
import { startable } from "../process/ourselves.ts";
import { sandboxedWords, sandboxHost } from "../process/sandboxed.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";
import { Screen } from "../terminal/screen.ts";
import type { BenchSettings } from "./settings.ts";

/** The program that sets the limit of the client. */
const noOp: Candidate = {
  name: "no-op program",
  words: (answer) => [process.execPath, startable("bench/null-program"), answer],
};

/**
 * Measures programs, with extra rounds while --max-regress is undecided.
 *
 * @throws (rejects) as {@link Benchmark.run}
 */
export async function measure(
  launches: readonly Launch[],
  settings: BenchSettings,
  seed: string,
  signal: AbortSignal,
): Promise<Report> {
  const { scenarios, rounds, slice, timeLimit, budget, baseline, maxRegress } = settings;
  const programs = launches.map(candidateOf);
  const [{ timeouts } = { timeouts: undefined }] = launches;
  if (timeouts === undefined) throw new Error("bug in bench: no program");
  const before = load();
  const reportOf = (tallies: Tallies): Report => {
    const [one, two] = programs.map((program) => tallies.tallyOf(program));
    const atMost = tallies.tallyOf(noOp);
    return {
      machine: thisMachine(),
      load: before,
      seed,
      rounds: tallies.rounds,
      planned: rounds,
      slice,
      programs: programs.map((program) => programReport(program, tallies.tallyOf(program), atMost)),
      limit: programReport(noOp, atMost, atMost),
      ratios: one === undefined || two === undefined ? [] : ratiosOf(one, two),
    };
  };
  const unsettled = (tallies: Tallies) => {
    const comparisons = comparisonsOf(reportOf(tallies), baseline, maxRegress);
    const isOpen = (id: string) =>
      programs.every((program) =>
        tallies
          .tallyOf(program)
          .figures.some((each) => each.id === id && tallies.tallyOf(program).isOpen(each)),
      );
    return scenariosOf(
      comparisons.filter(({ id, allowed }) => allowed === null && isOpen(id)).map(({ id }) => id),
      scenarios,
    );
  };
  using bar = new ProgressBar(new Screen());
  const benchmark = new Benchmark(noOp, programs, sandboxHost(timeouts, signal), {
    scenarios,
    rounds,
    slice,
    timeLimit,
    seed,
    signal,
    unsettled,
    budget,
    onStep: ({ done, total, round, rounds, figure, candidate }) => {
      const progress = rounds === undefined ? `extra round ${round}` : `round ${round} of ${rounds}`;
      bar.show(done / total, `${progress}  ${figure.id}  ${candidate.name}`);
    },
  });
  await benchmark.run();
  return reportOf(benchmark);
}

/** The scenarios of some figures. */
function scenariosOf(ids: readonly string[], scenarios: readonly Scenario[]): readonly Scenario[] {
  return ids.length === 0 ? [] : select(ids, [{ name: "", description: "", scenarios }]);
}

function candidateOf(launch: Launch): Candidate {
  const words = sandboxedWords(launch);
  return { name: launch.name.replace(/\s+/g, " "), words: () => words };
}
