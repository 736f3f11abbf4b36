/** The shortest time that is told from shorter ones, in ms. */
const shortest = 1e-4;
/** How much longer each step is than the one before it: what a percentile may be wrong by, twice over. */
const growth = 1.01;
/** Steps up to three hours. */
const steps = Math.ceil(Math.log(1e7 / shortest) / Math.log(growth));

/** The percentiles that are reported. */
export const percentiles = [50, 90, 99] as const;

/**
 * How long calls took, in constant memory however many there are: counted in steps of one per cent. The longest is
 * exact, and so are all of them where there is one.
 */
export class Latencies {
  readonly #counts = new Uint32Array(steps + 1);
  #count = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  /** @param ms how long one call took */
  add(ms: number): void {
    const step = Math.floor(Math.log(ms / shortest) / Math.log(growth));
    const at = Math.min(Math.max(step, 0), steps); // a time of 0 has a step of -Infinity
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#count++;
    if (ms < this.#min) this.#min = ms;
    if (ms > this.#max) this.#max = ms;
  }

  /** Takes those of another run as well. */
  merge(other: Latencies): void {
    for (const [at, count] of other.#counts.entries()) this.#counts[at] = (this.#counts[at] ?? 0) + count;
    this.#count += other.#count;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  get count(): number {
    return this.#count;
  }

  /** The longest, in ms; undefined where there is none. */
  get max(): number | undefined {
    return this.#count === 0 ? undefined : this.#max;
  }

  /**
   * The time that so many per cent of the calls kept, in ms; undefined where they are too few to tell: one call at least
   * has to lie beyond it, so a p99 takes a hundred.
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
