import { type Column, toneSigns } from "../../records/column.ts";
import type { RecordTable } from "../../records/table.ts";
import { element } from "../element.ts";

/** The height of a row in pixels, as in page.css. */
export const rowHeight = 26;

interface Row {
  readonly element: HTMLTableRowElement;
  /** The place of the record that it shows; -1: it has to be filled. */
  place: number;
}

/** The rows that are in the document, between two that take the place of the others. */
export class Rows {
  readonly body = element("tbody");
  readonly #table: RecordTable;
  readonly #columns: readonly Column[];
  readonly #above = element("tr", { class: "spacer", "aria-hidden": "true" });
  readonly #below = element("tr", { class: "spacer", "aria-hidden": "true" });
  #rows: Row[] = [];
  #first = 0;
  #created = 0;

  constructor(table: RecordTable, columns: readonly Column[]) {
    this.#table = table;
    this.#columns = columns;
    this.body.append(this.#above, this.#below);
  }

  /** The row that shows the record at a place. */
  at(place: number): HTMLTableRowElement | undefined {
    return this.#rows[place - this.#first]?.element;
  }

  /** The place of the record whose row this element is in; -1: of none. */
  placeOf(target: EventTarget | null): number {
    const found = target instanceof Element ? target.closest("tr") : null;
    return this.#rows.find(({ element }) => element === found)?.place ?? -1;
  }

  /** Has all rows filled again: they show other records. */
  clear(): void {
    for (const row of this.#rows) row.place = -1;
  }

  /** Shows `count` records from a place on. A row that shows one of them already isn't filled again. */
  draw(records: Uint32Array, first: number, count: number, active: number): void {
    this.#turn(first - this.#first);
    this.#first = first;
    while (this.#rows.length < count) this.#add();
    for (const row of this.#rows.splice(count)) row.element.remove();
    for (const [at, row] of this.#rows.entries()) {
      const place = first + at;
      if (row.place !== place) this.#fill(row, place, records[place] ?? 0);
      row.element.setAttribute("aria-selected", String(place === active));
    }
    this.#above.style.height = `${first * rowHeight}px`;
    this.#below.style.height = `${(records.length - first - count) * rowHeight}px`;
  }

  /** Moves the rows that are no longer in view to the other end. */
  #turn(by: number): void {
    if (by === 0 || Math.abs(by) >= this.#rows.length) return;
    const moved = by > 0 ? this.#rows.splice(0, by) : this.#rows.splice(by);
    const elements = moved.map(({ element }) => element);
    if (by > 0) this.#below.before(...elements);
    else this.#above.after(...elements);
    this.#rows = by > 0 ? [...this.#rows, ...moved] : [...moved, ...this.#rows];
  }

  #add(): void {
    const cells = this.#columns.map(({ kind, shown }) =>
      element("td", { class: [kind, shown].filter(Boolean).join(" ") }),
    );
    const row = element("tr", { id: `${this.#table.data.noun[0]}-row-${this.#created++}` }, ...cells);
    this.#below.before(row);
    this.#rows.push({ element: row, place: -1 });
  }

  #fill(row: Row, place: number, record: number): void {
    row.place = place;
    row.element.setAttribute("aria-rowindex", String(place + 2));
    row.element.classList.toggle("odd", place % 2 === 1);
    for (const [at, column] of this.#columns.entries()) {
      const cell = row.element.cells[at];
      if (cell !== undefined) this.#fillCell(cell, column, record);
    }
  }

  #fillCell(cell: HTMLTableCellElement, column: Column, record: number): void {
    const text = this.#table.text(column, record);
    const tone = column.kind === "text" ? column.tones?.[text] : undefined;
    if (tone !== undefined) cell.dataset.tone = tone;
    else delete cell.dataset.tone;
    const shown = column.kind === "id" && text !== "" ? `${text.slice(0, 12)}…` : text;
    cell.textContent = tone === undefined ? shown : `${toneSigns[tone]} ${shown}`;
    if (column.kind === "text" && text.length > 20) cell.title = text;
    else cell.removeAttribute("title");
  }
}
