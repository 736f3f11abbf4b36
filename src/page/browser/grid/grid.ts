import type { Selection } from "../../records/select.ts";
import type { RecordTable } from "../../records/table.ts";
import { element, inNextFrame } from "../element.ts";
import { Headings } from "./headings.ts";
import { Rows, rowHeight } from "./rows.ts";

/** Rows that are drawn above and below those in view. */
const spare = 12;

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
  readonly #events: Events;
  readonly #grid: HTMLTableElement;
  readonly #rows: Rows;
  #records: Uint32Array = new Uint32Array();
  /** The place of the active row among the records that are shown. */
  #active = -1;

  constructor(table: RecordTable, caption: string, events: Events) {
    this.#events = events;
    const columns = table.data.columns.filter(({ shown }) => shown !== "details");
    this.#rows = new Rows(table, columns);
    const headings = new Headings(columns, (sort) => events.onSort(sort));
    this.#grid = element(
      "table",
      { role: "grid", tabindex: 0 },
      element("caption", {}, caption),
      headings.columns,
      headings.element,
      this.#rows.body,
    );
    this.#grid.style.setProperty("--width", `${headings.width}ch`);
    this.#grid.style.setProperty("--narrow-width", `${headings.narrowWidth}ch`);
    this.element = element("div", { class: "grid" }, this.#grid);
    const draw = inNextFrame(() => this.#draw());
    this.element.addEventListener("scroll", draw, { passive: true });
    new ResizeObserver(draw).observe(this.element);
    this.#grid.addEventListener("keydown", (event) => this.#key(event));
    this.#rows.body.addEventListener("click", ({ target }) => this.#click(target));
  }

  focus(): void {
    this.#grid.focus({ preventScroll: true });
  }

  /** Shows these records, in this order. */
  fill(records: Uint32Array): void {
    const active = this.#records[this.#active];
    this.#records = records;
    this.#rows.clear();
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
    const place = this.#rows.placeOf(target);
    if (place >= 0) this.#events.onSelect(this.#records[place]);
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

  #draw(): void {
    const all = this.#records.length;
    const most = Math.ceil(Math.max(this.#room(), 0) / rowHeight) + 2 * spare;
    const count = Math.min(all, most);
    const wanted = Math.floor(this.element.scrollTop / rowHeight) - spare;
    const first = Math.max(0, Math.min(wanted, all - count));
    this.#rows.draw(this.#records, first, count, this.#active);
    const active = this.#rows.at(this.#active);
    if (active === undefined) this.#grid.removeAttribute("aria-activedescendant");
    else this.#grid.setAttribute("aria-activedescendant", active.id);
  }
}
