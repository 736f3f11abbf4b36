/*
 * Confidence intervals from few runs, by rank, without assuming a distribution: on a busy machine some runs are slower by
 * any factor, which no normal distribution describes.
 */

/** Contains the true value except in rare cases; infinite if there are too few runs. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * The interval of the true median, given a sample of runs.
 *
 * @param doubt the largest acceptable chance that it is below `low`, and the same for above `high`
 * Source: the sign test; the number of runs below the median is binomial
 */
export function medianInterval(runs: readonly number[], doubt: number): Interval {
  return between(runs, beyondMedian(runs.length, doubt));
}

/** The most runs of each side to compare: more would add little, and take long. */
const mostRuns = 50;

/**
 * The interval of the factor between two samples taken at different times.
 *
 * @param doubt as for {@link medianInterval}
 * Source: Mann and Whitney 1947, Hodges and Lehmann 1963
 */
export function ratioInterval(
  runs: readonly number[],
  others: readonly number[],
  doubt: number,
): Interval & { readonly median: number | undefined } {
  const [one, two] = [runs.slice(-mostRuns), others.slice(-mostRuns)];
  const ratios = one.flatMap((run) => two.map((other) => run / other)).sort((a, b) => a - b);
  const at = ratios.length >> 1;
  const median = ratios.length % 2 === 1 ? ratios[at] : mean(ratios[at - 1], ratios[at]);
  return { ...between(ratios, beyondPairs(one.length, two.length, doubt)), median };
}

function mean(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? undefined : (a + b) / 2;
}

/** The interval left after dropping `beyond` - 1 values at either end; infinite if `beyond` is 0. */
function between(values: readonly number[], beyond: number): Interval {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[beyond - 1] ?? Number.NEGATIVE_INFINITY;
  const high = sorted[sorted.length - beyond] ?? Number.POSITIVE_INFINITY;
  return { low, high };
}

/** How many of the chances, from the first on, sum to at most the doubt. */
function within(chances: Iterable<number>, doubt: number): number {
  let sum = 0;
  let count = 0;
  for (const chance of chances) {
    sum += chance;
    if (sum > doubt) return count;
    count++;
  }
  return count;
}

function beyondMedian(count: number, doubt: number): number {
  function* chances() {
    let log = count * Math.log(0.5); // as a logarithm: 0.5 ** count underflows for many runs
    for (let below = 0; below <= count; below++) {
      yield Math.exp(log);
      log += Math.log((count - below) / (below + 1));
    }
  }
  return count === 0 ? 0 : within(chances(), doubt);
}

/** The same for the number of pairs whose ratio is the smaller one (the Mann-Whitney U statistic). */
function beyondPairs(n: number, m: number, doubt: number): number {
  if (n === 0 || m === 0) return 0;
  // chances[i][u] is the chance of u pairs, for i runs and `others` runs of the other sample.
  let chances: number[][] = Array.from({ length: n + 1 }, () => [1]);
  for (let others = 1; others <= m; others++) {
    const next: number[][] = [[1]];
    for (let i = 1; i <= n; i++) {
      const [fewer = [], same = []] = [next[i - 1], chances[i]];
      const part = i / (i + others);
      next.push(
        Array.from(
          { length: i * others + 1 },
          (_, u) => part * (fewer[u - others] ?? 0) + (1 - part) * (same[u] ?? 0),
        ),
      );
    }
    chances = next;
  }
  return within(chances[n] ?? [], doubt);
}
