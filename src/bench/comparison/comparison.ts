import type { Comparison, Report } from "../report.ts";
import { medianInterval, ratioInterval } from "../statistics/interval.ts";
import type { Baseline, Runs } from "./baseline.ts";

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
  /** The best that can be said of what is in the middle. */
  readonly best: number;
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
function isAllowed({ best, between }: Factor, most: number, count: number): boolean | null {
  // A tenth is not the sum of halves: what is exactly at the limit is allowed.
  const least = 1 - most - 1e-9;
  if (best < least && between(doubt.alarm / count).high < 1) return false;
  return between(doubt.allowed).low >= least ? true : null;
}

/** Round by round: what disturbs one program disturbs the other as well. */
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
 * Rounds of another time, when the machine may have been faster or busier. So both are compared: the speeds, and the part
 * that they are of the speed of the program that does nothing in the same round. What only one of them says is not said.
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

/** Each speed as a part of the limit in the same round; undefined where that is not known. */
function partsOf({ speeds, limits }: Runs): readonly number[] | undefined {
  if (limits.length < speeds.length) return undefined;
  return speeds.map((each, run) => each / (limits[run] ?? Number.NaN));
}
