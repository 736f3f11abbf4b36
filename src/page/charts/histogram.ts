import { countText, plural } from "../../quantities.ts";
import { type Html, html } from "../html.ts";
import type { Tone } from "../records/column.ts";
import { linearScale } from "./scale.ts";

/** Classes of one kind: how many there are in each. */
export interface Bars {
  readonly name: string;
  readonly tone: Tone;
  readonly counts: readonly number[];
}

const [width, height] = [560, 240];
const [left, right, top, bottom] = [56, 548, 10, 196];

/** Bars side by side for each class. Beside it the numbers have to stand as text. */
export function histogram(
  classes: readonly string[],
  kinds: readonly Bars[],
  title: string,
  label: string,
): Html {
  const most = kinds.reduce((most, { counts }) => Math.max(most, ...counts), 0);
  const up = linearScale(most, [bottom, top], 4);
  const room = (right - left) / Math.max(classes.length, 1);
  const wide = (room * 0.84) / Math.max(kinds.length, 1);
  // Labels of all classes would overlap: one in so many has one.
  const every = Math.max(Math.ceil(52 / room), 1);
  return html`<figure class="plot"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
${up.ticks.map((tick) => {
  const at = up.place(tick).toFixed(1);
  return html`<line class="rule" x1="${left}" x2="${right}" y1="${at}" y2="${at}"/><text class="y" x="${left - 8}" y="${at}">${countText(tick)}</text>`;
})}
${classes.map((name, at) => at % every === 0 && html`<text class="x" x="${(left + at * room + room * 0.08).toFixed(1)}" y="${bottom + 16}">${name}</text>`)}
<text class="title" x="${(left + right) / 2}" y="${height - 6}">${title}</text>
${kinds.map(({ name, tone, counts }, kind) =>
  counts.map((count, at) => {
    if (count === 0) return undefined;
    const x = left + at * room + room * 0.08 + kind * wide;
    const y = Math.min(up.place(count), bottom - 1);
    return html`<rect x="${x.toFixed(1)}" y="${y.toFixed(1)}" width="${Math.max(wide - 1, 1).toFixed(1)}" height="${(bottom - y).toFixed(1)}" data-fill="${tone}" class="${kind > 0 && "outlined"}"><title>${name}, from ${classes[at] ?? ""}: ${plural(count, "body", "bodies")}</title></rect>`;
  }),
)}
</svg><figcaption><ul class="legend">${kinds.map(
    ({ name, tone }, kind) =>
      html`<li><svg class="key" viewBox="0 0 36 12" aria-hidden="true"><rect x="2" y="1" width="32" height="10" data-fill="${tone}" class="${kind > 0 && "outlined"}"/></svg>${name}</li>`,
  )}</ul></figcaption></figure>`;
}
