import { timeText } from "../../../quantities.ts";
import type { Tone } from "../../records/column.ts";
import { axisHeight, type Layout, overviewHeight, type PlacedBand, stripHeight } from "./layout.ts";
import type { Palette } from "./palette.ts";
import type { Spans } from "./spans.ts";
import { type TimeWindow, ticks } from "./window.ts";

/** What is drawn now. */
export interface Scene {
  readonly spans: Spans;
  readonly layout: Layout;
  readonly palette: Palette;
  readonly window: TimeWindow;
  readonly width: number;
  /** The records that the filter has left; undefined: all. */
  readonly found: Uint8Array | undefined;
  readonly selected: number | undefined;
  readonly pointed: number | undefined;
}

type Context = CanvasRenderingContext2D;

/** The share of a lane's height that a span takes: not by color alone can one tell a miss from a hit. */
const heights: Readonly<Record<Tone, number>> = { good: 1, info: 1, bad: 1, warn: 0.5, plain: 0.5 };
/** A span that is narrower than this many pixels has no label. */
const labelFrom = 48;

export function draw(context: Context, scene: Scene): void {
  const { width, layout } = scene;
  context.clearRect(0, 0, width, layout.height);
  context.font = scene.palette.font;
  context.textBaseline = "middle";
  drawOverview(context, scene);
  drawAxis(context, scene);
  drawStrip(context, scene);
  for (const band of layout.bands) drawBand(context, scene, band);
  for (const span of [scene.pointed, scene.selected]) if (span !== undefined) outline(context, scene, span);
}

/** All time, with how many are in flight, and the window in it. */
function drawOverview(context: Context, { spans, palette, window, width }: Scene): void {
  const scale = width / (spans.all.to - spans.all.from);
  const height = overviewHeight - 6;
  context.fillStyle = palette.busy;
  // One bar for each pixel: the most that were in flight in it.
  const bars = new Float32Array(Math.ceil(width) + 1);
  for (const { from, to, count } of spans.levels) {
    const last = Math.min(Math.floor(to * scale), bars.length - 1);
    for (let x = Math.floor(from * scale); x <= last; x++) bars[x] = Math.max(bars[x] ?? 0, count);
  }
  for (const [x, count] of bars.entries()) {
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

function drawAxis(context: Context, { palette, window, width, layout }: Scene): void {
  const scale = width / (window.to - window.from);
  for (const tick of ticks(window, width / 110)) {
    const x = Math.round((tick - window.from) * scale) + 0.5;
    context.fillStyle = palette.line;
    context.fillRect(x, overviewHeight, 1, layout.height - overviewHeight);
    context.fillStyle = palette.muted;
    context.fillText(axisText(tick, window), x + 4, overviewHeight + axisHeight / 2);
  }
}

/** A time on the axis: in seconds where the window is long, with as many digits as tell the ticks apart. */
function axisText(time: number, { from, to }: TimeWindow): string {
  if (time === 0) return "0";
  const length = to - from;
  if (time < 1_000) return timeText(time / 1_000);
  const [unit, name] = to >= 1e6 ? [1e6, "s"] : [1e3, "ms"];
  const digits = Math.max(0, Math.ceil(-Math.log10(length / unit / 20)));
  return `${(time / unit).toFixed(digits)} ${name}`;
}

/** When something was in flight, and when nothing was. */
function drawStrip(context: Context, { spans, palette, window, width }: Scene): void {
  const top = overviewHeight + axisHeight;
  const scale = width / (window.to - window.from);
  context.fillStyle = palette.line;
  context.fillRect(0, top, width, stripHeight);
  context.fillStyle = palette.busy;
  let drawn = 0;
  for (const { from, to, count } of spans.levels) {
    if (count === 0 || to < window.from) continue;
    if (from > window.to) break;
    const left = Math.max((from - window.from) * scale, drawn);
    const right = Math.min((to - window.from) * scale, width);
    if (right > left) context.fillRect(left, top, right - left, stripHeight);
    drawn = Math.max(right, drawn);
  }
}

function drawBand(context: Context, scene: Scene, { band, heading, top, bottom }: PlacedBand): void {
  const { layout, palette, width } = scene;
  context.fillStyle = palette.muted;
  context.fillText(band.name, 4, heading + 8);
  context.fillStyle = palette.line;
  context.fillRect(0, bottom + 2, width, 1);
  for (const [at, lane] of band.lanes.entries()) drawLane(context, scene, lane, top + at * layout.laneHeight);
}

/** Spans within one pixel are drawn as one, in the tone that matters most. */
function drawLane(context: Context, scene: Scene, lane: Uint32Array, top: number): void {
  const { spans, window, width, found } = scene;
  const scale = width / (window.to - window.from);
  let [pixel, drawn] = [-1, -1];
  for (let at = spans.firstAfter(lane, window.from); at < lane.length; at++) {
    const span = lane[at] ?? 0;
    const begins = spans.start[span] ?? 0;
    if (begins > window.to) break;
    const left = Math.max((begins - window.from) * scale, -2);
    const right = Math.min((spans.endOf(span) - window.from) * scale, width + 2);
    const rank = (found === undefined || found[span] === 1 ? 10 : 0) + importance[spans.toneOf(span)];
    if (right - left >= 1) {
      drawSpan(context, scene, span, left, right - left, top);
      continue;
    }
    // On a whole pixel: in between, it would be drawn faintly on two.
    const whole = Math.floor(left);
    if (whole === pixel && rank <= drawn) continue;
    [pixel, drawn] = [whole, rank];
    drawSpan(context, scene, span, whole, 1, top);
  }
  context.globalAlpha = 1;
}

const importance: Readonly<Record<Tone, number>> = { bad: 4, warn: 3, info: 2, good: 1, plain: 0 };

function drawSpan(
  context: Context,
  scene: Scene,
  span: number,
  left: number,
  width: number,
  top: number,
): void {
  const { spans, palette, layout, found } = scene;
  const tone = spans.toneOf(span);
  const gap = layout.laneHeight > 4 ? 1 : 0;
  const height = Math.max(Math.round((layout.laneHeight - gap) * heights[tone]), 1);
  context.globalAlpha = found === undefined || found[span] === 1 ? 1 : 0.15;
  context.fillStyle = palette.tones[tone];
  context.fillRect(
    left,
    top + layout.laneHeight - gap - height,
    Math.max(width - (width > 3 ? 0.5 : 0), 1),
    height,
  );
  if (tone === "bad" && width > 6) cross(context, palette, left, width, top, height);
  if (width < labelFrom || layout.laneHeight < 12 || heights[tone] < 1) return;
  context.save();
  context.beginPath();
  context.rect(left + 3, top, width - 6, layout.laneHeight);
  context.clip();
  context.fillStyle = palette.surface;
  context.fillText(spans.labelOf(span), Math.max(left, 0) + 4, top + layout.laneHeight / 2);
  context.restore();
}

/** Errors are crossed out. */
function cross(
  context: Context,
  palette: Palette,
  left: number,
  width: number,
  top: number,
  height: number,
): void {
  context.strokeStyle = palette.surface;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(left, top);
  context.lineTo(left + width, top + height);
  context.moveTo(left, top + height);
  context.lineTo(left + width, top);
  context.stroke();
}

function outline(context: Context, { spans, layout, palette, window, width }: Scene, span: number): void {
  const scale = width / (window.to - window.from);
  for (const { band, top } of layout.bands) {
    const lane = band.lanes.findIndex((spansOf) => {
      const at = spans.firstAfter(spansOf, spans.start[span] ?? 0);
      return spansOf.subarray(at, at + 3).includes(span) || spansOf[at - 1] === span;
    });
    if (lane < 0) continue;
    const left = ((spans.start[span] ?? 0) - window.from) * scale;
    const long = Math.max((spans.length[span] ?? 0) * scale, 1);
    context.strokeStyle = palette.text;
    context.lineWidth = 2;
    context.strokeRect(left - 2, top + lane * layout.laneHeight - 2, long + 4, layout.laneHeight + 3);
  }
}
