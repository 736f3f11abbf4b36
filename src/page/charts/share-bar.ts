import { type Html, html } from "../html.ts";
import type { Tone } from "../records/column.ts";

/** A part of a whole. */
export interface Share {
  readonly name: string;
  readonly value: number;
  readonly tone: Tone | "busy";
}

/** A bar of parts that make a whole. The numbers have to stand beside it as text. */
export function shareBar(shares: readonly Share[], label: string, isSmall = false): Html {
  const all = shares.reduce((sum, { value }) => sum + value, 0);
  let x = 0;
  const rects = shares.map(({ name, value, tone }) => {
    const width = all === 0 ? 0 : (value / all) * 100;
    const rect = html`<rect x="${x.toFixed(3)}" y="0" width="${width.toFixed(3)}" height="10" data-fill="${tone}"><title>${name}</title></rect>`;
    x += width;
    return value > 0 && rect;
  });
  return html`<svg class="${isSmall ? "bar small" : "bar"}" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="${label}">${rects}</svg>`;
}
