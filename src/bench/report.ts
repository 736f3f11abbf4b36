import type { Machine } from "./machine.ts";
import type { Candidate } from "./scenario-runner.ts";
import { percentiles } from "./statistics/latencies.ts";
import { type Summary, summary } from "./statistics/summary.ts";
import type { Problem, Tallied, Tally } from "./tally.ts";
import type { Figure } from "./workloads/figure.ts";
import type { Measurement } from "./workloads/measurement.ts";

/** What came of a figure, for one program. */
export interface Result {
  readonly figure: Figure;
  /** Calls a second in each run; undefined where there was none. Of a figure that shows times, whole runs a second. */
  readonly speed: Summary | undefined;
  /** Of all runs, in ms, as far as there were enough of them to tell. */
  readonly latency: Readonly<Record<"p50" | "p90" | "p99" | "max", number | undefined>>;
  /** How many calls there were in all runs. */
  readonly calls: number;
  /** What was put in a second, in bytes; undefined where nothing was. */
  readonly bandwidth: number | undefined;
  /** What the program used for a call, in ms of its processors. */
  readonly cpuPerCall: number | undefined;
  /** Its most memory in any run, in bytes, with what it had from the figures before this one in the same process. */
  readonly memory: number | undefined;
  /** How fast it was, as a part of what this client reaches with a program that does nothing. */
  readonly ofLimit: number | undefined;
  readonly problem: Problem | undefined;
}

export interface ProgramReport {
  readonly name: string;
  readonly command: readonly string[];
  readonly results: readonly Result[];
}

/** How many times as fast the first program was as the second, run by run. */
export interface Ratio {
  readonly figure: Figure;
  readonly ratio: Summary;
}

/** What is said of a figure: how it is to what it is compared with. */
export type Verdict = "faster" | "slower" | "no difference" | "too few rounds";

/** How a figure is to the one that it is compared with. All factors are of speed: below 1 it is slower. */
export interface Comparison {
  readonly id: string;
  /** What it was compared with: the baseline, or the other program. */
  readonly to: "baseline" | "program";
  /** The median of the rounds. */
  readonly factor: number;
  /** Between these the true factor is, with little doubt; infinite where there were too few rounds. */
  readonly low: number;
  readonly high: number;
  readonly verdict: Verdict;
  /** Whether it is no slower than is allowed; null where the rounds don't tell, undefined where there is no limit. */
  readonly allowed: boolean | null | undefined;
}

/** All that was measured. */
export interface Report {
  readonly machine: Machine;
  readonly load: number;
  readonly seed: string;
  /** How many rounds there were, and how many there were to be. */
  readonly rounds: number;
  readonly planned: number;
  /** How long a figure was measured in one round, in ms. */
  readonly slice: number;
  /** One, or two that are compared. */
  readonly programs: readonly ProgramReport[];
  /** The program that does nothing. */
  readonly limit: ProgramReport;
  readonly ratios: readonly Ratio[];
}

/** What came of one program. @param limit what came of the program that does nothing */
export function programReport({ name, words }: Candidate, tally: Tally, limit: Tally): ProgramReport {
  const results = tally.figures.map((figure) => resultOf(figure, tally.of(figure), limit.of(figure)));
  return { name, command: words("hit"), results };
}

/** Run by run, the speed of one program as a multiple of the other's. */
export function ratiosOf(one: Tally, other: Tally): readonly Ratio[] {
  return one.figures.flatMap((figure) => {
    const ratio = summary(ratios(figure, one.of(figure).runs, other.of(figure).runs));
    return ratio === undefined ? [] : [{ figure, ratio }];
  });
}

function resultOf(figure: Figure, tallied: Tallied, limit: Tallied): Result {
  const { runs, latencies, problem } = tallied;
  const sum = (of: (run: Measurement) => number) => runs.reduce((total, run) => total + of(run), 0);
  const [p50, p90, p99] = percentiles.map((percent) => latencies.percentile(percent));
  const bytes = sum((run) => run.bytes);
  const cpu = sum((run) => run.cpu ?? Number.NaN);
  const memory = Math.max(...runs.map((run) => run.memory ?? Number.NaN));
  return {
    figure,
    speed: summary(runs.map((run) => speed(figure, run))),
    latency: { p50, p90, p99, max: latencies.max },
    calls: latencies.count,
    bandwidth:
      bytes === 0 ? undefined : summary(runs.map((run) => (run.bytes / run.elapsed) * 1_000))?.median,
    cpuPerCall: runs.length === 0 || Number.isNaN(cpu) ? undefined : cpu / latencies.count,
    memory: Number.isFinite(memory) ? memory : undefined,
    ofLimit: summary(ratios(figure, runs, limit.runs))?.median,
    problem,
  };
}

function ratios(
  figure: Figure,
  runs: readonly Measurement[],
  others: readonly Measurement[],
): readonly number[] {
  return runs.flatMap((run, index) => {
    const other = others[index];
    return other === undefined ? [] : [speed(figure, run) / speed(figure, other)];
  });
}

function speed({ shows }: Figure, { calls, elapsed }: Measurement): number {
  return ((shows === "rate" ? calls : 1) / elapsed) * 1_000;
}
