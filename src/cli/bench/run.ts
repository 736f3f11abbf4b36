import { Contest, type Tallies } from "../../bench/benchmark.ts";
import { comparisonsOf } from "../../bench/comparison/comparison.ts";
import { load, thisMachine } from "../../bench/machine.ts";
import { programReport, type Report, ratiosOf } from "../../bench/report.ts";
import type { Contestant } from "../../bench/scenario-runner.ts";
import type { Scene } from "../../bench/workloads/figure.ts";
import { select } from "../../bench/workloads/select.ts";
import { absoluteWords } from "../../conformance/sandbox/command-words.ts";
import type { Launch } from "../process/launch.ts";
import { startable } from "../process/ourselves.ts";
import { ProgressBar } from "../terminal/progress-bar.ts";
import { Screen } from "../terminal/screen.ts";
import { benchGround } from "./host.ts";
import type { BenchSettings } from "./settings.ts";

/** The program that does nothing. */
const nothing: Contestant = {
  name: "a program that does nothing",
  words: (answer) => [process.execPath, startable("bench/null-program"), answer],
};

/**
 * Measures programs, and goes on with what --max-regress can't be judged by yet.
 *
 * @throws (rejects) as {@link Contest.run}
 */
export async function measure(
  launches: readonly Launch[],
  settings: BenchSettings,
  seed: string,
  signal: AbortSignal,
): Promise<Report> {
  const { scenes, rounds, slice, limit, budget, baseline, maxRegress } = settings;
  const programs = launches.map(contestantOf);
  const [{ timeouts } = { timeouts: undefined }] = launches;
  if (timeouts === undefined) throw new Error("there is no program: a mistake in bench");
  const before = load();
  const reportOf = (tallies: Tallies): Report => {
    const [one, two] = programs.map((program) => tallies.tallyOf(program));
    const atMost = tallies.tallyOf(nothing);
    return {
      machine: thisMachine(),
      load: before,
      seed,
      rounds: tallies.rounds,
      planned: rounds,
      slice,
      programs: programs.map((program) => programReport(program, tallies.tallyOf(program), atMost)),
      limit: programReport(nothing, atMost, atMost),
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
    return scenesOf(
      comparisons.filter(({ id, allowed }) => allowed === null && isOpen(id)).map(({ id }) => id),
      scenes,
    );
  };
  using bar = new ProgressBar(new Screen());
  const contest = new Contest(nothing, programs, benchGround(timeouts, signal), {
    scenes,
    rounds,
    slice,
    limit,
    seed,
    signal,
    unsettled,
    budget,
    onStep: ({ done, total, round, rounds, figure, contestant }) => {
      const place = rounds === undefined ? `round ${round}, until they agree` : `round ${round} of ${rounds}`;
      bar.show(done / total, `${place}  ${figure.id}  ${contestant.name}`);
    },
  });
  await contest.run();
  return reportOf(contest);
}

/** The scenes that some figures take. */
function scenesOf(ids: readonly string[], scenes: readonly Scene[]): readonly Scene[] {
  return ids.length === 0 ? [] : select(ids, [{ name: "", sentence: "", scenes }]);
}

function contestantOf({ argv, name, isReference }: Launch): Contestant {
  const words = absoluteWords(isReference ? [...argv, "--dir", "{dir}"] : argv);
  return { name: name.replace(/\s+/g, " "), words: () => words };
}
