/** The first step, in ms: shorter times aren't distinguished. */
const shortest = 1e-4;
/** The ratio of neighbouring steps. A percentile is off by at most half of it. */
const growth = 1.01;
/** Steps up to three hours. */
const steps = Math.ceil(Math.log(1e7 / shortest) / Math.log(growth));

/** The percentiles that are reported. */
export const percentiles = [50, 90, 99] as const;

/**
 * A histogram of latencies in steps of one per cent, in constant memory. The minimum and the maximum are exact, so a
 * single call is exact too.
 */
export class Latencies {
  readonly #counts = new Uint32Array(steps + 1);
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  /** Counts a call. @param ms its latency */
  add(ms: number): void {
    const step = Math.floor(Math.log(ms / shortest) / Math.log(growth));
    const at = Math.min(Math.max(step, 0), steps); // the step of 0 ms is -Infinity
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#count++;
    if (ms < this.#min) this.#min = ms;
    if (ms > this.#max) this.#max = ms;
  }

  /** Adds the latencies of another run. */
  merge(other: Latencies): void {
    for (const [at, count] of other.#counts.entries()) this.#counts[at] = (this.#counts[at] ?? 0) + count;
    this.#count += other.#count;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  get count(): number {
    return this.#count;
  }

  /** The longest, in ms; undefined without any call. */
  get max(): number | undefined {
    return this.#count === 0 ? undefined : this.#max;
  }

  /**
   * A percentile, in ms; undefined if there are too few calls: at least one must lie beyond it, so a p99 needs a hundred.
   */
  percentile(percent: number): number | undefined {
    if (this.#count === 0 || this.#count * (100 - percent) < 100) return undefined;
    const rank = Math.ceil((this.#count * percent) / 100);
    let seen = 0;
    const step = this.#counts.findIndex((count) => {
      seen += count;
      return seen >= rank;
    });
    const middle = shortest * growth ** (step + 0.5);
    return Math.min(Math.max(middle, this.#min), this.#max);
  }
}
