import { type Content, type Html, html } from "../html.ts";

/** Names and values, one after another. What has no value is left out. */
export function facts(all: readonly (readonly [name: string, value: Content])[]): Html {
  return html`<dl class="facts">${all.map(
    ([name, value]) =>
      value !== undefined && value !== "" && html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
}
