import type { RecordTable } from "../records/table.ts";
import { element } from "./element.ts";

/** Everything about the record that is selected. */
export class Details {
  readonly element: HTMLElement;
  readonly #table: RecordTable;

  constructor(table: RecordTable) {
    this.#table = table;
    const [one] = table.data.noun;
    this.element = element("section", {
      class: "details",
      "aria-label": `The selected ${one}`,
      "aria-live": "polite",
    });
    this.show(undefined);
  }

  show(record: number | undefined): void {
    const { columns, noun } = this.#table.data;
    if (record === undefined) {
      const where =
        this.#table.data.timeline === undefined ? "in the table" : "in the timeline or in the table";
      const hint = `Select a ${noun[0]} ${where} to see all about it.`;
      this.element.replaceChildren(element("p", { class: "hint" }, hint));
      return;
    }
    const items = columns.flatMap((column) => {
      const text = this.#table.text(column, record);
      const wide = column.kind === "id" ? "whole id" : text.length > 40 ? "whole" : undefined;
      const value = element("dd", {}, text);
      if (column.kind === "text" && column.searches !== undefined)
        value.append(" ", searchButton(column.searches, text));
      return text === "" ? [] : [element("div", { class: wide }, element("dt", {}, column.title), value)];
    });
    this.element.replaceChildren(element("dl", {}, ...items));
  }
}

/** main.ts listens to its clicks. */
function searchButton(where: string, word: string): HTMLButtonElement {
  const attributes = { type: "button", class: "link", "data-show": where, "data-search": word };
  return element("button", attributes, `show its ${where}`);
}
