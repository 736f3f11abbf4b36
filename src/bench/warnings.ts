import type { Baseline } from "./comparison/baseline.ts";
import type { Report, Result } from "./report.ts";

/** Fewer rounds or calls than this get a warning. */
const few = { rounds: 3, calls: 20 };
/** A larger spread gets a warning, as a share of the median. */
const wide = 0.2;
/** A higher load per processor gets a warning. */
const busy = 0.5;
/** A speed above this share of the client's limit gets a warning. */
const nearLimit = 0.8;

/** Reasons not to trust the figures, with what to do about them. One sentence each. */
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
        : [`${figure.id}: couldn't measure the limit of the client: ${problem.text}`],
    ),
    ...(baseline === undefined ? [] : ofBaseline(report, baseline)),
  ];
}

function ofMachine({ load, machine: { processors } }: Report): string[] {
  const warnings: string[] = [];
  if (load > busy * processors) {
    const count = processors === 1 ? "1 processor" : `${processors} processors`;
    warnings.push(
      `the machine was busy before the run (load ${load.toFixed(1)} on ${count}); stop other programs and measure again`,
    );
  }
  if (processors === 1) {
    warnings.push(
      "this machine has one processor, which the client and the program share; measure on a machine with two or more",
    );
  }
  return warnings;
}

function ofRounds({ rounds, planned }: Report): string[] {
  if (rounds < planned) {
    return [
      `the time was up after ${rounds} of ${planned} rounds; name fewer figures, or use --runs ${planned}`,
    ];
  }
  if (rounds >= few.rounds) return [];
  const count = rounds === 1 ? "one round is" : `${rounds} rounds are`;
  return [`${count} too few to show how much the figures vary; use --runs 5`];
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
      `the runs differ by more than ${wide * 100} %; stop other programs, or measure longer with --time or --runs`,
    ),
    ...say(measured.filter(least), `fewer than ${few.calls} calls; measure longer with --time`),
    ...say(
      measured.filter(({ ofLimit, figure }) => figure.shows === "rate" && (ofLimit ?? 0) > nearLimit),
      "this is close to the limit of the client; the program may be faster than it looks",
    ),
  ];
}

function ofBaseline({ machine, programs }: Report, baseline: Baseline): string[] {
  const warnings: string[] = [];
  const names = ["system", "processor", "processors", "bun"] as const;
  const other = names.filter((name) => machine[name] !== baseline.machine[name]);
  if (other.length > 0) {
    const each = other.map((name) => `${name} ${baseline.machine[name]}, now ${machine[name]}`);
    warnings.push(`the baseline is from another machine (${each.join("; ")}); save a new one here`);
  }
  const ids =
    programs[0]?.results.map(({ figure }) => figure.id).filter((id) => !baseline.figures.has(id)) ?? [];
  if (ids.length > 0) warnings.push(`the baseline doesn't have ${ids.join(", ")}; save a new one that does`);
  return warnings;
}
