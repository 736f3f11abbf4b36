import type { Column } from "../../records/column.ts";
import { toneSigns } from "../../records/column.ts";
import type { Selection } from "../../records/select.ts";
import type { RecordTable } from "../../records/table.ts";
import { element, inNextFrame } from "../element.ts";
import { Headings } from "./headings.ts";

/** The height of a row in pixels, as in page.css. */
const rowHeight = 26;
/** Rows that are drawn above and below those in view. */
const spare = 6;

interface Events {
  onSelect(record: number | undefined): void;
  onSort(sort: Selection["sort"]): void;
}

/**
 * A table of any number of records: only the rows in view are in the document, between two rows that take the place of the
 * others. The keyboard moves one row that is active; a screen reader is told its place among all.
 */
export class Grid {
  readonly element: HTMLElement;
  readonly #table: RecordTable;
  readonly #columns: readonly Column[];
  readonly #events: Events;
  readonly #grid: HTMLTableElement;
  readonly #body = element("tbody");
  readonly #above = element("tr", { class: "spacer", "aria-hidden": "true" });
  readonly #below = element("tr", { class: "spacer", "aria-hidden": "true" });
  readonly #name: string;
  #rows: HTMLTableRowElement[] = [];
  #records: Uint32Array = new Uint32Array();
  /** The place of the active row among the records that are shown. */
  #active = -1;

  constructor(table: RecordTable, caption: string, events: Events) {
    this.#table = table;
    this.#events = events;
    this.#name = table.data.noun[0];
    this.#columns = table.data.columns.filter(({ shown }) => shown !== "details");
    const headings = new Headings(this.#columns, (sort) => events.onSort(sort));
    this.#body.append(this.#above, this.#below);
    this.#grid = element(
      "table",
      { role: "grid", tabindex: 0 },
      element("caption", {}, caption),
      headings.columns,
      headings.element,
      this.#body,
    );
    this.#grid.style.setProperty("--width", `${headings.width}ch`);
    this.#grid.style.setProperty("--narrow-width", `${headings.narrowWidth}ch`);
    this.element = element("div", { class: "grid" }, this.#grid);
    const draw = inNextFrame(() => this.#draw());
    this.element.addEventListener("scroll", draw, { passive: true });
    new ResizeObserver(draw).observe(this.element);
    this.#grid.addEventListener("keydown", (event) => this.#key(event));
    this.#body.addEventListener("click", ({ target }) => this.#click(target));
  }

  focus(): void {
    this.#grid.focus({ preventScroll: true });
  }

  /** Shows these records, in this order. */
  fill(records: Uint32Array): void {
    const active = this.#records[this.#active];
    this.#records = records;
    this.#active = active === undefined ? -1 : records.indexOf(active);
    this.#grid.setAttribute("aria-rowcount", String(records.length + 1));
    this.element.style.setProperty("--rows", String(records.length + 1));
    if (this.#active < 0) this.element.scrollTop = 0;
    this.#draw();
  }

  /** Makes the row of a record the active one, and scrolls to it. */
  select(record: number | undefined): void {
    this.#active = record === undefined ? -1 : this.#records.indexOf(record);
    this.#reveal();
    this.#draw();
  }

  #key(event: KeyboardEvent): void {
    if (event.target !== this.#grid || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(Math.floor(this.#room() / rowHeight) - 1, 1);
    const last = this.#records.length - 1;
    const next: Readonly<Record<string, number>> = {
      ArrowDown: this.#active + 1,
      ArrowUp: this.#active - 1,
      PageDown: this.#active + page,
      PageUp: this.#active - page,
      Home: 0,
      End: last,
    };
    const place = next[event.key];
    if (event.key === "Escape") this.#events.onSelect(undefined);
    else if (place !== undefined && last >= 0)
      this.#events.onSelect(this.#records[Math.min(Math.max(place, 0), last)]);
    else return;
    event.preventDefault();
  }

  #click(target: EventTarget | null): void {
    const row = target instanceof Element ? target.closest("tr") : null;
    const place = row === null ? -1 : this.#rows.indexOf(row);
    if (place >= 0) this.#events.onSelect(this.#records[this.#first + place]);
  }

  /** The height for rows: that of the element without the headings. */
  #room(): number {
    return this.element.clientHeight - rowHeight;
  }

  #reveal(): void {
    if (this.#active < 0) return;
    const top = this.#active * rowHeight;
    const { scrollTop } = this.element;
    if (top < scrollTop) this.element.scrollTop = top;
    else if (top + rowHeight > scrollTop + this.#room())
      this.element.scrollTop = top + rowHeight - this.#room();
  }

  #first = 0;

  #draw(): void {
    const all = this.#records.length;
    const most = Math.ceil(Math.max(this.#room(), 0) / rowHeight) + 2 * spare;
    const count = Math.min(all, most);
    const wanted = Math.floor(this.element.scrollTop / rowHeight) - spare;
    this.#first = Math.max(0, Math.min(wanted, all - count));
    this.#above.style.height = `${this.#first * rowHeight}px`;
    this.#below.style.height = `${(all - this.#first - count) * rowHeight}px`;
    while (this.#rows.length < count) this.#addRow();
    for (const row of this.#rows.splice(count)) row.remove();
    for (const [at, row] of this.#rows.entries()) this.#fillRow(row, this.#first + at);
    const active = this.#rows[this.#active - this.#first];
    if (active === undefined) this.#grid.removeAttribute("aria-activedescendant");
    else this.#grid.setAttribute("aria-activedescendant", active.id);
  }

  #addRow(): void {
    const cells = this.#columns.map(({ kind, shown }) =>
      element("td", { class: [kind, shown].filter(Boolean).join(" ") }),
    );
    const row = element("tr", { id: `${this.#name}-row-${this.#rows.length}` }, ...cells);
    this.#below.before(row);
    this.#rows.push(row);
  }

  #fillRow(row: HTMLTableRowElement, place: number): void {
    const record = this.#records[place] ?? 0;
    row.setAttribute("aria-rowindex", String(place + 2));
    row.setAttribute("aria-selected", String(place === this.#active));
    row.classList.toggle("odd", place % 2 === 1);
    for (const [at, column] of this.#columns.entries()) {
      const cell = row.cells[at];
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
