import { drawAxis, drawOverview, drawStrip } from "./draw-time.ts";
import type { PlacedBand } from "./layout.ts";
import type { Palette } from "./palette.ts";
import type { Context, Scene } from "./scene.ts";
import { toneOrder } from "./spans.ts";

/** By tone, the share of a lane's height: not by color alone can one tell a miss from a hit. */
const heights = toneOrder.map((tone) => (tone === "warn" || tone === "plain" ? 0.5 : 1));
const bad = toneOrder.indexOf("bad");
/** A span that is narrower than this many pixels has no label. */
const labelFrom = 48;

export function draw(context: Context, scene: Scene): void {
  const { width, layout, palette } = scene;
  context.clearRect(0, 0, width, layout.height);
  context.font = palette.font;
  context.textBaseline = "middle";
  drawOverview(context, scene);
  drawAxis(context, scene);
  drawStrip(context, scene);
  for (const band of layout.bands) drawBand(context, scene, band);
  for (const span of [scene.pointed, scene.selected]) if (span !== undefined) outline(context, scene, span);
}

function drawBand(context: Context, scene: Scene, { band, heading, top, bottom }: PlacedBand): void {
  const { layout, palette, width } = scene;
  context.fillStyle = palette.muted;
  context.fillText(band.name, 4, heading + 8);
  context.fillStyle = palette.line;
  context.fillRect(0, bottom + 2, width, 1);
  for (const [at, lane] of band.lanes.entries()) drawLane(context, scene, lane, top + at * layout.laneHeight);
  context.globalAlpha = 1;
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
    const right = Math.min(((spans.end[span] ?? 0) - window.from) * scale, width + 2);
    if (right - left >= 1) {
      drawSpan(context, scene, span, left, right - left, top);
      continue;
    }
    // On a whole pixel: in between, it would be drawn faintly on two.
    const whole = Math.floor(left);
    const rank = (found === undefined || found[span] === 1 ? 10 : 0) + (spans.tones[span] ?? 0);
    if (whole === pixel && rank <= drawn) continue;
    [pixel, drawn] = [whole, rank];
    drawSpan(context, scene, span, whole, 1, top);
  }
}

function drawSpan(
  context: Context,
  scene: Scene,
  span: number,
  left: number,
  width: number,
  top: number,
): void {
  const { spans, palette, layout, found } = scene;
  const tone = spans.tones[span] ?? 0;
  const share = heights[tone] ?? 1;
  const gap = layout.laneHeight > 4 ? 1 : 0;
  const height = Math.max(Math.round((layout.laneHeight - gap) * share), 1);
  const y = top + layout.laneHeight - gap - height;
  context.globalAlpha = found === undefined || found[span] === 1 ? 1 : 0.15;
  context.fillStyle = palette.tones[tone] ?? "";
  context.fillRect(left, y, width > 3 ? width - 0.5 : width, height);
  if (tone === bad && width > 6) cross(context, palette, left, width, y, height);
  if (width >= labelFrom && layout.laneHeight >= 12 && share === 1)
    label(context, scene, span, left, width, top);
}

function label(context: Context, scene: Scene, span: number, left: number, width: number, top: number): void {
  const { spans, palette, layout } = scene;
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
  const [start, end] = [spans.start[span] ?? 0, spans.end[span] ?? 0];
  for (const { band, top } of layout.bands) {
    const lane = band.lanes.findIndex((spansOf) => {
      for (let at = spans.firstAfter(spansOf, start); at < spansOf.length; at++) {
        const other = spansOf[at] ?? -1;
        if (other === span) return true;
        if ((spans.start[other] ?? 0) > start) return false;
      }
      return false;
    });
    if (lane < 0) continue;
    const left = (start - window.from) * scale;
    context.strokeStyle = palette.text;
    context.lineWidth = 2;
    const long = Math.max((end - start) * scale, 1);
    context.strokeRect(left - 2, top + lane * layout.laneHeight - 2, long + 4, layout.laneHeight + 3);
  }
}
