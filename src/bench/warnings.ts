import type { Baseline } from "./comparison/baseline.ts";
import type { Report, Result } from "./report.ts";

/** From where on figures are not to be trusted. */
const few = { rounds: 3, calls: 20 };
/** As a part of the median. */
const wide = 0.2;
/** The load, for each processor. */
const busy = 0.5;
/** As a part of what the client can do. */
const nearLimit = 0.8;

/** Why the figures are not to be trusted, and what to do about it. One sentence each. */
export function warningsOf(report: Report, baseline?: Baseline): readonly string[] {
  return [
    ...ofMachine(report),
    ...ofRounds(report),
    ...report.programs.flatMap(({ name, results }) => {
      const whose = report.programs.length > 1 ? ` of ${name}` : "";
      return ofResults(results, whose);
    }),
    ...report.limit.results.flatMap(({ figure, problem }) =>
      problem === undefined
        ? []
        : [`what the client can do at most is not known of ${figure.id}: ${problem.text}`],
    ),
    ...(baseline === undefined ? [] : ofBaseline(report, baseline)),
  ];
}

function ofMachine({ load, machine: { processors } }: Report): string[] {
  const warnings: string[] = [];
  if (load > busy * processors) {
    const count = processors === 1 ? "1 processor" : `${processors} processors`;
    warnings.push(
      `the machine was busy before: a load of ${load.toFixed(1)} on ${count}; end what else runs, and measure again`,
    );
  }
  if (processors === 1) {
    warnings.push(
      "there is one processor, which this client and the program take in turns; measure on a machine with two or more",
    );
  }
  return warnings;
}

function ofRounds({ rounds, planned }: Report): string[] {
  if (rounds < planned) {
    return [
      `the time was up after ${rounds} of ${planned} rounds; name fewer figures, or ask for --runs ${planned}`,
    ];
  }
  if (rounds >= few.rounds) return [];
  const count = rounds === 1 ? "one run is" : `${rounds} runs are`;
  return [`${count} too few to tell how far the figures vary; ask for --runs 5`];
}

function ofResults(results: readonly Result[], whose: string): string[] {
  const measured = results.filter(({ problem }) => problem === undefined);
  const say = (those: readonly Result[], what: string) => {
    const ids = those.map(({ figure }) => figure.id).join(", ");
    return those.length === 0 ? [] : [`${ids}${whose}: ${what}`];
  };
  const least = (result: Result) => result.figure.shows === "rate" && result.calls < few.calls;
  return [
    ...say(
      measured.filter(({ speed }) => (speed?.spread ?? 0) > wide),
      `the runs differ by more than ${wide * 100} %; end what else runs, or measure longer with --time or --runs`,
    ),
    ...say(measured.filter(least), `there were fewer than ${few.calls} calls; measure longer with --time`),
    ...say(
      measured.filter(({ ofLimit, figure }) => figure.shows === "rate" && (ofLimit ?? 0) > nearLimit),
      "this is about what the client itself can do; the program may be faster than it looks",
    ),
  ];
}

function ofBaseline({ machine, programs }: Report, baseline: Baseline): string[] {
  const warnings: string[] = [];
  const names = ["system", "processor", "processors", "bun"] as const;
  const other = names.filter((name) => machine[name] !== baseline.machine[name]);
  if (other.length > 0) {
    const each = other.map((name) => `${name} ${baseline.machine[name]}, now ${machine[name]}`);
    warnings.push(`the baseline is of another machine (${each.join("; ")}); save a new one here`);
  }
  const ids =
    programs[0]?.results.map(({ figure }) => figure.id).filter((id) => !baseline.figures.has(id)) ?? [];
  if (ids.length > 0) warnings.push(`the baseline does not have ${ids.join(", ")}; save a new one with them`);
  return warnings;
}
