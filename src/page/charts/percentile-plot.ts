import { timeText } from "../../quantities.ts";
import type { Html } from "../html.ts";
import { plot } from "./plot.ts";
import { logScale, type Scale } from "./scale.ts";

/** Latencies of one kind. */
export interface LatencyLine {
  readonly name: string;
  /** How it's drawn: see {@link plot}. */
  readonly style?: number;
  /** How many there are. */
  readonly count: number;
  /** What so large a share of them doesn't exceed, in microseconds. */
  at(share: number): number;
}

/** The percentiles that a line goes through: each step halves what is beyond. */
const shares = [
  0, 0.1, 0.25, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9975, 0.999, 0.9995,
  0.9999,
];
const marked = [0.5, 0.9, 0.99, 0.999];
const ticks = [0, 0.5, 0.9, 0.99, 0.999, 0.9999];

/** A line for latencies in microseconds. */
export function latencyLine(name: string, latencies: readonly number[], style?: number): LatencyLine {
  const sorted = Float64Array.from(latencies).sort();
  const at = (share: number) => sorted[Math.max(Math.ceil(sorted.length * share) - 1, 0)] ?? 0;
  return { name, count: sorted.length, at, ...(style !== undefined && { style }) };
}

/** A plot of percentiles: how long the fastest half took at most, nine of ten, 99 of 100. */
export function percentilePlot(lines: readonly LatencyLine[], label: string): Html {
  const most = lines.reduce((largest, { count }) => Math.max(largest, count), 0);
  // A percentile that needs more requests than there are says nothing.
  const isShown = (share: number, count: number) => count * (1 - share) >= 1;
  const last = ticks.findLast((tick) => isShown(tick, most)) ?? 0.5;
  const drawn = lines.map((line) => ({
    ...line,
    points: shares
      .filter((share) => share <= last && isShown(share, line.count))
      .map((share) => {
        const y = Math.max(line.at(share), 1);
        const title = `${line.name}: ${shareText(share)} took at most ${timeText(y / 1_000)}`;
        return { x: share, y, ...(marked.includes(share) && { title }) };
      }),
  }));
  const values = drawn.flatMap(({ points }) => points.map(({ y }) => y));
  return plot({
    label,
    lines: drawn,
    x: { title: "share of the requests", scale: (ends) => tailScale(last, ends), text: shareText },
    y: { title: "took at most", scale: (ends) => logScale(values, ends), text: axisTime },
  });
}

function shareText(share: number): string {
  return `${Number((share * 100).toFixed(4))} %`;
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
