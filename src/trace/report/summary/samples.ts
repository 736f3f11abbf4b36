import type { LatencySummary, SizeSummary } from "../summary.ts";

/** Numbers, and what can be said of all of them. Eight bytes each. */
export class Samples {
  readonly #values: number[] = [];

  add(value: number): void {
    this.#values.push(value);
  }

  latency(): LatencySummary {
    const sorted = Float64Array.from(this.#values).sort();
    const [p50, p90, p99] = [rank(sorted, 0.5), rank(sorted, 0.9), rank(sorted, 0.99)];
    return {
      count: sorted.length,
      min: sorted[0] ?? 0,
      p50,
      p90,
      p99,
      max: sorted.at(-1) ?? 0,
      sum: sum(sorted),
    };
  }

  sizes(): SizeSummary {
    const sorted = Float64Array.from(this.#values).sort();
    const classes = sizeClasses.map(([from, to]) => ({
      from,
      to,
      count: below(sorted, to) - below(sorted, from),
    }));
    const [p50, p90] = [rank(sorted, 0.5), rank(sorted, 0.9)];
    return { count: sorted.length, sum: sum(sorted), p50, p90, max: sorted.at(-1) ?? 0, classes };
  }
}

const bounds = [0, 1, 1024, 16 * 1024, 256 * 1024, 4 * 1024 ** 2, 64 * 1024 ** 2, Number.POSITIVE_INFINITY];
const sizeClasses = bounds.slice(1).map((to, at) => [bounds[at] ?? 0, to] as const);

/** The smallest value that at least `part` of all values don't exceed; 0 without values. */
function rank(sorted: Float64Array, part: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? 0;
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

/** How many values are less than `bound`. */
function below(sorted: Float64Array, bound: number): number {
  const at = sorted.findIndex((value) => value >= bound);
  return at === -1 ? sorted.length : at;
}
