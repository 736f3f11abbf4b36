import type { Comparison, Report } from "../report.ts";
import { medianInterval, ratioInterval } from "../statistics/interval.ts";
import type { Baseline, Runs } from "./baseline.ts";

/**
 * The accepted chances of a wrong conclusion. `verdict`: faster or slower. `alarm`: any figure of the comparison is too
 * slow; it is the smallest, since false alarms cost trust. `allowed`: a figure isn't too slow.
 */
const doubt = { verdict: 0.02, alarm: 0.005, allowed: 0.05 };

/** A factor of speeds: its estimate, and its interval for any doubt. */
interface Factor {
  readonly id: string;
  readonly to: Comparison["to"];
  readonly middle: number;
  /** The estimate that is best for the program: a figure is too slow only if even this one is. */
  readonly best: number;
  between(doubt: number): { readonly low: number; readonly high: number };
}

/**
 * Compares the first program with the baseline and with the second program.
 *
 * @param most the allowed slowdown as a share: 0.1 is 10 %
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
  const { low, high } = factor.between(doubt.verdict);
  const isKnown = Number.isFinite(low) && Number.isFinite(high);
  const verdict = !isKnown ? "too few rounds" : low > 1 ? "faster" : high < 1 ? "slower" : "no difference";
  const allowed = most === undefined ? undefined : isAllowed(factor, most, count);
  return { id, to, factor: middle, low, high, verdict, allowed };
}

/** An alarm needs two things: the figure is slower beyond doubt, and the estimate is below the limit. */
function isAllowed({ best, between }: Factor, most: number, count: number): boolean | null {
  // Decimal fractions aren't exact in binary; a figure exactly at the limit is allowed.
  const least = 1 - most - 1e-9;
  if (best < least && between(doubt.alarm / count).high < 1) return false;
  return between(doubt.allowed).low >= least ? true : null;
}

/** Compares the two programs round by round: a disturbance in a round affects both. */
function toOther({ ratios }: Report): readonly Factor[] {
  return ratios.map(({ figure: { id }, ratio: { median, runs } }) => ({
    id,
    to: "program",
    middle: median,
    best: median,
    between: (doubt) => medianInterval(runs, doubt),
  }));
}

/**
 * Compares with rounds of another time, when the machine may have been faster or busier. So both are compared: the speeds,
 * and the shares of the no-op program's speed in the same round. Only what both show counts.
 */
function since({ figures }: Baseline, { programs: [program], limit }: Report): readonly Factor[] {
  return (program?.results ?? []).flatMap(({ figure: { id }, speed }, index) => {
    const before = figures.get(id);
    if (before === undefined || speed === undefined) return [];
    const [now, then] = [{ speeds: speed.runs, limits: limit.results[index]?.speed?.runs ?? [] }, before];
    const [nowParts, thenParts] = [partsOf(now), partsOf(then)];
    const between = (doubt: number) => {
      const speeds = ratioInterval(now.speeds, then.speeds, doubt);
      if (nowParts === undefined || thenParts === undefined) return { ...speeds, best: speeds.median };
      const parts = ratioInterval(nowParts, thenParts, doubt);
      return {
        low: Math.min(speeds.low, parts.low),
        high: Math.max(speeds.high, parts.high),
        median: speeds.median,
        best: Math.max(speeds.median ?? 0, parts.median ?? 0),
      };
    };
    const { median, best } = between(1);
    if (median === undefined || best === undefined) return [];
    return [{ id, to: "baseline" as const, middle: median, best, between }];
  });
}

/** Each speed as a share of the limit in the same round; undefined if the limit is unknown. */
function partsOf({ speeds, limits }: Runs): readonly number[] | undefined {
  if (limits.length < speeds.length) return undefined;
  return speeds.map((each, run) => each / (limits[run] ?? Number.NaN));
}
