import { type Content, type Html, html } from "../html.ts";
import type { Scale } from "./scale.ts";

/** Where the area of a plot is, in its own units. */
export interface Area {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** A line across the area for each tick, with its text to the left. */
export function rulesAcross(
  { left, right }: Area,
  { ticks, place }: Scale,
  text: (tick: number) => string,
): Content {
  return ticks.map((tick) => {
    const at = place(tick).toFixed(1);
    return html`<line class="rule" x1="${left}" x2="${right}" y1="${at}" y2="${at}"/><text class="y" x="${left - 8}" y="${at}">${text(tick)}</text>`;
  });
}

/** A line up the area for each tick, with its text below. */
export function rulesUp(
  { top, bottom }: Area,
  { ticks, place }: Scale,
  text: (tick: number) => string,
): Content {
  return ticks.map((tick) => {
    const at = place(tick).toFixed(1);
    return html`<line class="rule" x1="${at}" x2="${at}" y1="${top}" y2="${bottom}"/><text class="x" x="${at}" y="${bottom + 16}">${text(tick)}</text>`;
  });
}

/** What the marks of a plot mean: each with a picture of it. */
export function keys(entries: readonly (readonly [picture: Content, name: string])[]): Html {
  const items = entries.map(
    ([picture, name]) =>
      html`<li><svg class="key" viewBox="0 0 36 12" aria-hidden="true">${picture}</svg>${name}</li>`,
  );
  return html`<figcaption><ul class="legend">${items}</ul></figcaption>`;
}
