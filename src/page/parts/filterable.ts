import { type Content, type Html, html } from "../html.ts";
import type { Tone } from "../records/column.ts";

/** An item of a list that can be filtered. */
export interface FilterItem {
  readonly id: string;
  readonly tone: Tone;
  /** What one can choose by: names and words. All items have the same names. */
  readonly choices: readonly (readonly [name: string, word: string])[];
  readonly content: Content;
}

/** A list of items, with a filter of words and choices. @param noun what several items are called */
export function filterable(noun: string, items: readonly FilterItem[]): Html {
  return html`<div data-filter="${noun}"><ul class="findings stacked">${items.map(
    ({ id, tone, choices, content }) =>
      html`<li class="finding" id="${id}" data-tone="${tone}" data-choices="${JSON.stringify(Object.fromEntries(choices))}">${content}</li>
`,
  )}</ul></div>`;
}
