import { timeText } from "../../quantities.ts";
import type { Html } from "../html.ts";
import { plot } from "./plot.ts";
import { logScale, type Scale } from "./scale.ts";

/** Latencies of one kind, in microseconds. */
export interface LatencyLine {
  readonly name: string;
  readonly style?: number;
  readonly latencies: readonly number[];
}

/** The percentiles that a line goes through: each step halves what is beyond. */
const shares = [
  0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9975, 0.999, 0.9995,
  0.9999,
];
const marked = [0.5, 0.9, 0.99, 0.999];
const ticks = [0, 0.5, 0.9, 0.99, 0.999, 0.9999];

/** A plot of percentiles: how long the fastest half took at most, nine of ten, 99 of 100. */
export function percentilePlot(lines: readonly LatencyLine[], label: string): Html {
  const sorted = lines.map(({ latencies, ...line }) => ({
    ...line,
    sorted: latencies.toSorted((a, b) => a - b),
  }));
  const largest = sorted.reduce((most, { sorted }) => Math.max(most, sorted.length), 0);
  // A percentile that needs more requests than there are says nothing.
  const last = ticks.findLast((tick) => largest * (1 - tick) >= 1) ?? 0.5;
  const drawn = sorted.map(({ sorted, ...line }) => ({
    ...line,
    points: shares
      .filter((share) => share <= last && sorted.length * (1 - share) >= 1)
      .map((share) => {
        const y = Math.max(sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)] ?? 0, 1);
        const title = `${line.name}: ${shareText(share)} of the requests took at most ${timeText(y / 1_000)}`;
        return { x: share, y, ...(marked.includes(share) ? { title } : {}) };
      }),
  }));
  const values = drawn.flatMap(({ points }) => points.map(({ y }) => y));
  return plot({
    label,
    lines: drawn,
    x: { title: "share of the requests", scale: (ends) => tailScale(last, ends), text: shareText },
    y: { title: "took at most", scale: (ends) => logScale(values, ends), text: (tick) => axisTime(tick) },
  });
}

function shareText(share: number): string {
  return share === 0 ? "0 %" : `${Number((share * 100).toFixed(4))} %`;
}

/** A round time, without digits after the point. */
function axisTime(micros: number): string {
  if (micros >= 1e6) return `${micros / 1e6} s`;
  return micros >= 1_000 ? `${micros / 1_000} ms` : `${micros} µs`;
}

/** An axis on which each nine takes the same room. */
function tailScale(last: number, [from, to]: readonly [number, number]): Scale {
  const nines = (share: number) => -Math.log10(1 - share);
  const all = Math.max(nines(last), 0.3);
  return {
    place: (share) => from + (nines(share) / all) * (to - from),
    ticks: ticks.filter((tick) => tick <= last),
  };
}
