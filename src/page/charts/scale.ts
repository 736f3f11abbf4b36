/** Turns a value into a place on an axis. */
export interface Scale {
  place(value: number): number;
  /** Values with a line and a label. */
  readonly ticks: readonly number[];
}

/** A logarithmic axis with its ends at powers of `base` that contain all values; values have to be above 0. */
export function logScale(values: readonly number[], [from, to]: readonly [number, number], base = 10): Scale {
  const exponents = values.filter((value) => value > 0).map((value) => Math.log(value) / Math.log(base));
  const low = Math.floor(exponents.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY) + 1e-9);
  const high = Math.ceil(exponents.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY) - 1e-9);
  if (!Number.isFinite(low)) return { place: () => from, ticks: [] };
  const top = Math.max(high, low + 1);
  return {
    place(value) {
      const part = value > 0 ? (Math.log(value) / Math.log(base) - low) / (top - low) : 0;
      return from + Math.min(Math.max(part, 0), 1) * (to - from);
    },
    ticks: Array.from({ length: top - low + 1 }, (_, at) => base ** (low + at)),
  };
}

/** An axis from 0 to at least the largest value, with about `about` round ticks. */
export function linearScale(largest: number, [from, to]: readonly [number, number], about = 5): Scale {
  const rough = Math.max(largest, Number.MIN_VALUE) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough * 0.999) ?? power * 10;
  const count = Math.max(Math.ceil(largest / step - 1e-9), 1);
  return {
    place: (value) => from + (value / (step * count)) * (to - from),
    ticks: Array.from({ length: count + 1 }, (_, at) => at * step),
  };
}
