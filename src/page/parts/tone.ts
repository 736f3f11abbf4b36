import { type Html, html } from "../html.ts";
import { type Tone, toneSigns } from "../records/column.ts";

/** A word in the color and with the sign of its tone. */
export function toned(tone: Tone, word: string): Html {
  return html`<span class="toned" data-tone="${tone}"><span aria-hidden="true">${toneSigns[tone]}</span> ${word}</span>`;
}

/** What the signs mean. */
export function legend(entries: readonly (readonly [tone: Tone, word: string])[]): Html {
  return html`<ul class="legend">${entries.map(([tone, word]) => html`<li>${toned(tone, word)}</li>`)}</ul>`;
}
