/** What several runs of one measurement have in common. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  /** How far the runs are apart: between the least and the greatest, as a part of the median. */
  readonly spread: number;
  /** What each run gave, in order. */
  readonly runs: readonly number[];
}

/** undefined where there is nothing to sum up. */
export function summary(values: readonly number[]): Summary | undefined {
  const middle = median(values);
  if (middle === undefined) return undefined;
  const min = Math.min(...values);
  const max = Math.max(...values);
  return { median: middle, min, max, spread: middle === 0 ? 0 : (max - min) / middle, runs: [...values] };
}

/** The one in the middle, or what lies halfway between the two that are. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const high = sorted[sorted.length >> 1];
  const low = sorted[(sorted.length - 1) >> 1];
  return high === undefined || low === undefined ? undefined : (low + high) / 2;
}
