import { type Latencies, percentiles } from "../trace/latencies.ts";
import type { Machine } from "./machine.ts";
import type { Candidate } from "./scenario-runner.ts";
import { type Summary, summary } from "./statistics/summary.ts";
import type { Problem, Tallied, Tally } from "./tally.ts";
import type { Figure } from "./workloads/figure.ts";
import type { Measurement } from "./workloads/measurement.ts";

/** The result of one figure for one program. */
export interface Result {
  readonly figure: Figure;
  /** Calls per second in each run, or runs per second if the figure shows a time; undefined without any run. */
  readonly speed: Summary | undefined;
  /** Over all runs, in ms; undefined if there were too few calls. */
  readonly latency: Readonly<Record<"p50" | "p90" | "p99" | "max", number | undefined>>;
  /** The number of calls in all runs, and how long each took. */
  readonly calls: number;
  readonly latencies: Latencies;
  /** Bytes put per second; undefined if nothing was put. */
  readonly bandwidth: number | undefined;
  /** CPU time of the program per call, in ms. */
  readonly cpuPerCall: number | undefined;
  /** The program's peak memory in any run, in bytes. Includes earlier figures in the same process. */
  readonly memory: number | undefined;
  /** Its speed as a share of the no-op program's, which is the limit of this client. */
  readonly ofLimit: number | undefined;
  readonly problem: Problem | undefined;
}

export interface ProgramReport {
  readonly name: string;
  readonly command: readonly string[];
  readonly results: readonly Result[];
}

/** The speed of the first program as a multiple of the second's, run by run. */
export interface Ratio {
  readonly figure: Figure;
  readonly ratio: Summary;
}

/** The conclusion of a comparison. */
export type Verdict = "faster" | "slower" | "no difference" | "too few rounds";

/** The comparison of one figure. Factors are ratios of speeds: below 1 means slower. */
export interface Comparison {
  readonly id: string;
  /** Compared with the baseline, or with the other program. */
  readonly to: "baseline" | "program";
  /** The median over the rounds. */
  readonly factor: number;
  /** The interval that contains the true factor, with little doubt; infinite if there were too few rounds. */
  readonly low: number;
  readonly high: number;
  readonly verdict: Verdict;
  /** Whether --max-regress allows it; null while undecided, undefined without --max-regress. */
  readonly allowed: boolean | null | undefined;
}

/** All measurements of a run. */
export interface Report {
  readonly machine: Machine;
  readonly load: number;
  readonly seed: string;
  /** The rounds that were run, and those that were planned. */
  readonly rounds: number;
  readonly planned: number;
  /** How long a figure was measured in each round, in ms. */
  readonly slice: number;
  /** One program, or the two that are compared. */
  readonly programs: readonly ProgramReport[];
  /** The no-op program: the limit of the client. */
  readonly limit: ProgramReport;
  readonly ratios: readonly Ratio[];
}

/** Sums up the tally of one program. @param limit the tally of the no-op program */
export function programReport({ name, words }: Candidate, tally: Tally, limit: Tally): ProgramReport {
  const results = tally.figures.map((figure) => resultOf(figure, tally.of(figure), limit.of(figure)));
  return { name, command: words("hit"), results };
}

/** The speed of one program as a multiple of the other's, run by run. */
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
    latencies,
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
