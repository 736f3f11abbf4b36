import { timeText } from "../../../quantities.ts";
import { axisHeight, overviewHeight, stripHeight } from "./layout.ts";
import type { Context, Scene } from "./scene.ts";
import { firstPlace, type Spans } from "./spans.ts";
import { type TimeWindow, ticks } from "./window.ts";

/* What is above the bands: the overview, the axis, and when something was in flight. */

/** All time, with how many are in flight, and the window in it. */
export function drawOverview(context: Context, { spans, palette, window, width }: Scene): void {
  const scale = width / (spans.all.to - spans.all.from);
  const height = overviewHeight - 6;
  context.fillStyle = palette.busy;
  for (const [x, count] of overviewBars(spans, Math.ceil(width)).entries()) {
    const bar = count === 0 ? 0 : Math.max((count / spans.most) * height, 1);
    context.fillRect(x, height - bar, 1, bar);
  }
  context.fillStyle = palette.line;
  context.fillRect(0, height, width, 1);
  const [left, right] = [window.from * scale, window.to * scale];
  context.globalAlpha = 0.72;
  context.fillStyle = palette.surface;
  context.fillRect(0, 0, left, height);
  context.fillRect(right, 0, width - right, height);
  context.globalAlpha = 1;
  context.strokeStyle = palette.text;
  context.lineWidth = 1.5;
  context.strokeRect(left + 0.75, 0.75, Math.max(right - left - 1.5, 2), height - 0.75);
}

const known = new WeakMap<Spans, Float64Array>();

/** For each pixel, the most that were in flight in it. They don't depend on the window. */
function overviewBars(spans: Spans, width: number): Float64Array {
  const last = known.get(spans);
  if (last?.length === width) return last;
  const scale = width / (spans.all.to - spans.all.from);
  const bars = new Float64Array(width);
  for (const { from, to, count } of spans.levels) {
    const end = Math.min(Math.floor(to * scale), width - 1);
    for (let x = Math.floor(from * scale); x <= end; x++) bars[x] = Math.max(bars[x] ?? 0, count);
  }
  known.set(spans, bars);
  return bars;
}

export function drawAxis(context: Context, { palette, window, width, layout }: Scene): void {
  const scale = width / (window.to - window.from);
  for (const tick of ticks(window, width / 110)) {
    const x = Math.round((tick - window.from) * scale) + 0.5;
    context.fillStyle = palette.line;
    context.fillRect(x, overviewHeight, 1, layout.height - overviewHeight);
    context.fillStyle = palette.muted;
    context.fillText(axisText(tick, window), x + 4, overviewHeight + axisHeight / 2);
  }
}

/** A time on the axis, with as many digits as tell the ticks apart. */
function axisText(time: number, { from, to }: TimeWindow): string {
  if (time === 0) return "0";
  if (time < 1_000) return timeText(time / 1_000);
  const [unit, name] = to >= 1e6 ? [1e6, "s"] : [1e3, "ms"];
  const digits = Math.max(0, Math.ceil(-Math.log10((to - from) / unit / 20)));
  return `${(time / unit).toFixed(digits)} ${name}`;
}

/** When something was in flight, and when nothing was. */
export function drawStrip(context: Context, { spans, palette, window, width }: Scene): void {
  const top = overviewHeight + axisHeight;
  const scale = width / (window.to - window.from);
  context.fillStyle = palette.line;
  context.fillRect(0, top, width, stripHeight);
  context.fillStyle = palette.busy;
  const { levels } = spans;
  let [left, right] = [0, 0];
  const first = firstPlace(levels.length, (at) => (levels[at]?.to ?? 0) >= window.from);
  for (let at = first; at < levels.length; at++) {
    const level = levels[at];
    if (level === undefined || level.from > window.to) break;
    if (level.count === 0) continue;
    const from = Math.max((level.from - window.from) * scale, 0);
    // Pieces that adjoin are drawn as one.
    if (from > right + 0.1) {
      context.fillRect(left, top, right - left, stripHeight);
      left = from;
    }
    right = Math.min((level.to - window.from) * scale, width);
  }
  context.fillRect(left, top, right - left, stripHeight);
}
