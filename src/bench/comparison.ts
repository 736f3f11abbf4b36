import type { Baseline } from "./baseline.ts";
import { medianInterval, ratioInterval } from "./interval.ts";
import type { Report } from "./report.ts";

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

/**
 * The chances to be wrong by chance. `told`: that something is faster, or slower. `alarm`: that any figure of a
 * comparison is too slow; a run that fails by chance costs trust. `allowed`: that a figure is not.
 */
const doubt = { told: 0.02, alarm: 0.005, allowed: 0.05 };

/** The intervals of a factor, and what is in the middle of it, for each doubt. */
interface Factor {
  readonly id: string;
  readonly to: Comparison["to"];
  readonly middle: number;
  between(doubt: number): { readonly low: number; readonly high: number };
}

/**
 * How the first program did against an earlier run of it, and against the second program.
 *
 * @param most as a part: 0.1 is ten per cent
 */
export function comparisonsOf(
  report: Report,
  baseline: Baseline | undefined,
  most: number | undefined,
): readonly Comparison[] {
  const factors = [...(baseline === undefined ? [] : since(baseline, report)), ...toOther(report)];
  return factors.map((factor) => comparison(factor, most, factors.length));
}

function comparison(factor: Factor, most: number | undefined, count: number): Comparison {
  const { id, to, middle } = factor;
  const { low, high } = factor.between(doubt.told);
  const isTold = Number.isFinite(low) && Number.isFinite(high);
  const verdict = !isTold ? "too few rounds" : low > 1 ? "faster" : high < 1 ? "slower" : "no difference";
  const allowed = most === undefined ? undefined : isAllowed(factor, most, count);
  return { id, to, factor: middle, low, high, verdict, allowed };
}

/** An alarm takes two things: that it is slower leaves no doubt, and by what the rounds show it is too slow. */
function isAllowed({ middle, between }: Factor, most: number, count: number): boolean | null {
  // A tenth is not the sum of halves: what is exactly at the limit is allowed.
  const least = 1 - most - 1e-9;
  if (middle < least && between(doubt.alarm / count).high < 1) return false;
  return between(doubt.allowed).low >= least ? true : null;
}

/** Round by round: what disturbs one program disturbs the other as well. */
function toOther({ ratios }: Report): readonly Factor[] {
  return ratios.map(({ figure: { id }, ratio: { median, runs } }) => ({
    id,
    to: "program",
    middle: median,
    between: (doubt) => medianInterval(runs, doubt),
  }));
}

/**
 * Rounds of another time. The machine may be faster or slower than it was, so what is compared is the part of the speed
 * that the program that does nothing has in the same round.
 */
function since({ figures }: Baseline, { programs: [program], limit }: Report): readonly Factor[] {
  return (program?.results ?? []).flatMap(({ figure: { id }, speed }, index) => {
    const before = figures.get(id);
    if (before === undefined || speed === undefined) return [];
    const limits = limit.results[index]?.speed?.runs ?? [];
    const hasLimits = limits.length >= speed.runs.length && before.limits.length >= before.speeds.length;
    const part = (speeds: readonly number[], of: readonly number[]) =>
      hasLimits ? speeds.map((each, run) => each / (of[run] ?? Number.NaN)) : speeds;
    const [now, then] = [part(speed.runs, limits), part(before.speeds, before.limits)];
    const between = (doubt: number) => ratioInterval(now, then, doubt);
    const { median } = between(1);
    return median === undefined ? [] : [{ id, to: "baseline" as const, middle: median, between }];
  });
}
