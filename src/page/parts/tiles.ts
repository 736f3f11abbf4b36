import { type Html, html } from "../html.ts";
import type { Tone } from "../records/column.ts";

/** A figure that one sees first. */
export interface Tile {
  readonly name: string;
  readonly value: string;
  readonly note?: string;
  readonly tone?: Tone;
}

/** A row of figures. */
export function tiles(all: readonly Tile[]): Html {
  return html`<dl class="tiles">${all.map(
    ({ name, value, note, tone }) =>
      html`<div${tone && html` data-tone="${tone}"`}><dt>${name}</dt><dd>${value}${note && html`<small>${note}</small>`}</dd></div>`,
  )}</dl>`;
}
