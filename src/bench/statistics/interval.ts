/*
 * Between which values the true one lies, said of few runs and without a guess at how they are spread: by ranks. On a
 * busy machine some runs are slower by any factor, which no bell curve describes.
 */

/** Outside of it the true value lies by chance in few cases; infinite where there are too few runs to say so. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Where the median lies of what some runs are a sample of.
 *
 * @param doubt the greatest chance of a median below `low`, and of one above `high`
 * Source: the sign test; the number of runs below the median is binomial
 */
export function medianInterval(runs: readonly number[], doubt: number): Interval {
  return between(runs, beyondMedian(runs.length, doubt));
}

/** So many runs of each side are compared: more would say little more, and take long. */
const mostRuns = 50;

/**
 * By which factor the runs of one sample are greater than those of another, taken at another time.
 *
 * @param doubt as of {@link medianInterval}
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

/** What is left where so many values are left out at either end; none is where that is 0. */
function between(values: readonly number[], beyond: number): Interval {
  const sorted = values.toSorted((a, b) => a - b);
  const low = sorted[beyond - 1] ?? Number.NEGATIVE_INFINITY;
  const high = sorted[sorted.length - beyond] ?? Number.POSITIVE_INFINITY;
  return { low, high };
}

/** How many chances, from the least on, come to no more than the doubt. */
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
    let log = count * Math.log(0.5); // of many runs, 0.5 ** count is no number any more
    for (let below = 0; below <= count; below++) {
      yield Math.exp(log);
      log += Math.log((count - below) / (below + 1));
    }
  }
  return count === 0 ? 0 : within(chances(), doubt);
}

/** Of how many pairs one is the smaller, by chance. */
function beyondPairs(n: number, m: number, doubt: number): number {
  if (n === 0 || m === 0) return 0;
  // chances[i] is that of each number of pairs, for i runs and as many others as there were rounds of the outer loop.
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
