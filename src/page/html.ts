import { htmlText } from "../safe-text.ts";

/** Markup. Everything else that comes into a page is text, and is escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: markup, text, nothing, or a list of those. */
export type Content = Html | string | number | undefined | false | readonly Content[];

/** Markup from a template. Texts may come from anywhere: they are escaped, in elements and in quoted attributes. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(parts.map((part, at) => part + (at < values.length ? markup(values[at]) : "")).join(""));
}

function markup(value: Content): string {
  if (value === undefined || value === false) return "";
  if (value instanceof Html) return value.text;
  if (typeof value === "object") return value.map(markup).join("");
  return htmlText(String(value));
}
