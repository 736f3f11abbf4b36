import { type Html, html } from "../html.ts";
import type { Tone } from "../records/column.ts";
import type { Scale } from "./scale.ts";

/** A value with its spread: dots where it was seen, and a line from the lowest to the highest. */
export interface Spread {
  readonly values: readonly number[];
  readonly middle: number;
  readonly tone: Tone | "busy";
}

const [width, height] = [220, 18];

/** One value and its spread on a line, for a cell of a table; `mark` is a value to compare with. */
export function spreadLine(
  { values, middle, tone }: Spread,
  scale: Scale,
  label: string,
  mark?: number,
): Html {
  const place = (value: number) => (scale.place(value) * (width - 12) + 6).toFixed(1);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return html`<svg class="spread-line" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
${mark !== undefined && html`<line class="at" x1="${place(mark)}" x2="${place(mark)}" y1="0" y2="${height}"/>`}
<line class="range" x1="${place(low)}" x2="${place(high)}" y1="${height / 2}" y2="${height / 2}"/>
${values.map((value) => html`<circle cx="${place(value)}" cy="${height / 2}" r="2.5" data-fill="${tone}" class="seen"/>`)}
<line class="middle" x1="${place(middle)}" x2="${place(middle)}" y1="3" y2="${height - 3}"/>
</svg>`;
}
