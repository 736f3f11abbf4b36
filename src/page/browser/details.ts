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
      const hint = `Select a ${noun[0]} in the timeline or in the table to see all about it.`;
      this.element.replaceChildren(element("p", { class: "hint" }, hint));
      return;
    }
    const items = columns.flatMap((column) => {
      const text = this.#table.text(column, record);
      const wide = column.kind === "id" || text.length > 40 ? "whole" : undefined;
      return text === ""
        ? []
        : [element("div", { class: wide }, element("dt", {}, column.title), element("dd", {}, text))];
    });
    this.element.replaceChildren(element("dl", {}, ...items));
  }
}
