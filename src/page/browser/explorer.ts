import { type Selection, selectRecords } from "../records/select.ts";
import type { RecordTable } from "../records/table.ts";
import { Details } from "./details.ts";
import { Grid } from "./grid/grid.ts";
import { Timeline } from "./timeline/timeline.ts";
import { Toolbar } from "./toolbar.ts";

/** One set of records: a filter, a timeline if they have times, the selected record, and the table. */
export class Explorer {
  readonly #place: HTMLElement;
  readonly #table: RecordTable;
  readonly #toolbar: Toolbar;
  readonly #timeline: Timeline | undefined;
  readonly #details: Details;
  readonly #grid: Grid;
  #sort: Selection["sort"];

  constructor(place: HTMLElement, name: string, table: RecordTable) {
    this.#place = place;
    this.#table = table;
    const caption = place.dataset.caption ?? name;
    this.#toolbar = new Toolbar(table, () => this.#update());
    if (table.data.timeline !== undefined) {
      this.#timeline = new Timeline(table, table.data.timeline, {
        onSelect: (record) => this.#select(record),
        onWindow: () => this.#toolbar.isInView && this.#update(),
      });
    }
    this.#details = new Details(table);
    this.#grid = new Grid(table, caption, {
      onSelect: (record) => this.#select(record),
      onSort: (sort) => {
        this.#sort = sort;
        this.#update();
      },
    });
    const parts = [this.#toolbar.element, this.#timeline?.element, this.#details.element, this.#grid.element];
    place.replaceChildren(...parts.filter((part) => part !== undefined));
    this.#update();
  }

  /** Shows one record, whatever the filter is. */
  show(record: number): void {
    this.#toolbar.reset("");
    this.#select(record);
    this.#place.scrollIntoView();
    this.#grid.focus();
  }

  /** Shows the records with these words. */
  search(words: string): void {
    this.#toolbar.reset(words);
    this.#place.scrollIntoView();
    this.#grid.focus();
  }

  #select(record: number | undefined): void {
    this.#details.show(record);
    this.#grid.select(record);
    this.#timeline?.select(record);
  }

  #update(): void {
    const { search, choices, isInView } = this.#toolbar;
    const range = isInView ? this.#timeline?.range : undefined;
    const selection: Selection = {
      search,
      choices,
      ...(range && { range }),
      ...(this.#sort && { sort: this.#sort }),
    };
    const records = selectRecords(this.#table, selection);
    this.#grid.fill(records);
    this.#timeline?.highlight(records);
    this.#toolbar.count(records.length);
  }
}
