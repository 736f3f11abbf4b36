import { countText } from "../../quantities.ts";
import type { TextColumn } from "../records/column.ts";
import type { RecordTable } from "../records/table.ts";
import { element } from "./element.ts";

/** The filter of a set of records. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly #table: RecordTable;
  readonly #onChange: () => void;
  readonly #search = element("input", { type: "search" });
  readonly #choices: ReadonlyMap<string, HTMLSelectElement>;
  readonly #inView = element("input", { type: "checkbox" });
  readonly #count = element("output", { "aria-live": "polite" });

  constructor(table: RecordTable, onChange: () => void) {
    this.#table = table;
    const hasIds = table.data.columns.some(({ kind }) => kind === "id");
    this.#search.placeholder = hasIds ? "words, or the digits of an id" : "words";
    const columns = table.data.columns.flatMap((column) =>
      column.kind === "text" && column.choice === true && column.words.length > 1 ? [column] : [],
    );
    this.#choices = new Map(columns.map((column) => [column.key, choiceOf(column)]));
    const [, many] = table.data.noun;
    const labels = columns.map((column) =>
      element("label", {}, column.title, this.#choices.get(column.key) ?? ""),
    );
    const inView = element("label", { class: "check" }, this.#inView, "only what the timeline shows");
    this.element = element(
      "div",
      { class: "toolbar", role: "search", "aria-label": `Filter the ${many}` },
      element("label", { class: "grow" }, "Filter", this.#search),
      ...labels,
      ...(table.data.timeline === undefined ? [] : [inView]),
      this.#count,
    );
    this.#onChange = onChange;
    this.element.addEventListener("input", onChange);
  }

  get search(): string {
    return this.#search.value;
  }

  /** The words that are chosen, by column. */
  get choices(): ReadonlyMap<string, string> {
    const chosen = [...this.#choices].flatMap(([key, { value }]) =>
      value === "" ? [] : [[key, value.slice(1)] as const],
    );
    return new Map(chosen);
  }

  /** Whether only the records in the timeline's window are wanted. */
  get isInView(): boolean {
    return this.#inView.checked;
  }

  /** Searches for these words, and for nothing else. */
  reset(search: string): void {
    this.#search.value = search;
    for (const select of this.#choices.values()) select.value = "";
    this.#inView.checked = false;
    this.#onChange();
  }

  /** Says how many records there are. */
  count(found: number): void {
    const { count, noun } = this.#table.data;
    const [one, many] = noun;
    const all = `${countText(count)} ${count === 1 ? one : many}`;
    this.#count.textContent = found === count ? all : `${countText(found)} of ${all}`;
  }
}

/** The choice of a word. The value of an option has a letter before the word, so that "" is no word. */
function choiceOf({ words }: TextColumn): HTMLSelectElement {
  const options = words.toSorted().map((word) => element("option", { value: `=${word}` }, word || "(none)"));
  return element("select", {}, element("option", { value: "" }, "all"), ...options);
}
