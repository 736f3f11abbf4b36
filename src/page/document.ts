import { createHash } from "node:crypto";
import { assets } from "./assets.ts";
import { type Content, Html, html } from "./html.ts";
import type { RecordData } from "./records/column.ts";

/** A page. */
export interface PageContent {
  /** In the browser's tab, and the name of the page. */
  readonly title: string;
  /** What made it, such as "cacheprogw 0.1.0". */
  readonly generator: string;
  readonly header: Content;
  /** The parts, each with the text of the link to it. */
  readonly sections: readonly Section[];
  readonly footer: Content;
  /** The records that {@link explorer} shows, by their name. */
  readonly records: ReadonlyMap<string, RecordData>;
}

/** A part of a page. */
export interface Section {
  readonly id: string;
  readonly title: string;
  /** What one sees there, in a sentence. */
  readonly hint?: Content;
  readonly content: Content;
  /** Beside another one where there is room. */
  readonly half?: boolean;
}

/**
 * A page as one file that needs no other, and no network: the browser is told to load nothing, and to run no script but
 * the one that is in it.
 */
export async function pageText(content: PageContent): Promise<string> {
  const { script, style } = await assets();
  const policy = `default-src 'none'; script-src '${digest(script)}'; style-src '${digest(style)}'; base-uri 'none'; form-action 'none'`;
  const { title, generator, header, sections, footer, records } = content;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="${generator}">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="page">${header}</header>
<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main id="content">${sections.map(section)}</main>
<footer class="page">${footer}</footer>
${[...records].map(([name, data]) => recordScript(name, data))}
<script>${new Html(script)}</script>
</body>
</html>
`;
  return page.text;
}

function section({ id, title, hint, content, half }: Section): Html {
  return html`
<section id="${id}" class="${half ? "half" : "full"}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${hint !== undefined && html`<p class="hint">${hint}</p>`}
${content}
</section>`;
}

/** Where the records with this name are shown. */
export function explorer(name: string, caption: string): Html {
  return html`<div class="explorer" data-records="${name}" data-caption="${caption}"><p class="hint">This part needs JavaScript.</p></div>`;
}

/** Data isn't run. Within it, a "<" could only end the element. */
function recordScript(name: string, data: RecordData): Html {
  const json = JSON.stringify(data).replaceAll("<", "\\u003c");
  return new Html(`<script type="application/json" id="records-${name}">${json}</script>\n`);
}

function digest(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
