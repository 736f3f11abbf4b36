import type { Column } from "../../records/column.ts";
import type { Selection } from "../../records/select.ts";
import { element } from "../element.ts";

/** The narrowest and the widest column of words, in characters. */
const narrowest = 8;
const widest = 48;
/** The widest one in a narrow window. */
const widestNarrow = 24;
/** What the sign of the order and the padding take, in characters. */
const padding = 4;

/** The headings of a table. A click on one sorts by it, another one in the other direction, a third one no longer. */
export class Headings {
  readonly element: HTMLTableSectionElement;
  readonly columns: HTMLTableColElement;
  /** How wide the table has to be, in characters. */
  readonly width: number;
  /** The same in a narrow window, which has fewer columns. */
  readonly narrowWidth: number;
  #sort: Selection["sort"];

  constructor(columns: readonly Column[], onSort: (sort: Selection["sort"]) => void) {
    const widths = columns.map(widthOf);
    // The widest column takes the room that is left.
    const flexible = widths.indexOf(Math.max(...widths));
    this.columns = element(
      "colgroup",
      {},
      ...columns.map(({ shown }, at) => {
        const col = element("col", { class: shown });
        if (at !== flexible) col.style.width = `${widths[at]}ch`;
        return col;
      }),
    );
    const sum = (isCounted: (column: Column) => boolean, most: number) =>
      widths.reduce((total, width, at) => {
        const column = columns[at];
        return column !== undefined && isCounted(column) ? total + Math.min(width, most) : total;
      }, 0);
    this.width = sum(() => true, widest);
    this.narrowWidth = sum(({ shown }) => shown !== "wide", widestNarrow);
    const cells = columns.map((column) => {
      const button = element("button", { type: "button" }, column.title);
      const cell = element(
        "th",
        { scope: "col", class: [column.kind, column.shown].filter(Boolean).join(" ") },
        button,
      );
      button.addEventListener("click", () => {
        this.#sort = next(this.#sort, column);
        for (const each of cells) each.removeAttribute("aria-sort");
        if (this.#sort !== undefined)
          cell.setAttribute("aria-sort", this.#sort.descending ? "descending" : "ascending");
        onSort(this.#sort);
      });
      return cell;
    });
    this.element = element("thead", {}, element("tr", { "aria-rowindex": 1 }, ...cells));
  }
}

/** Numbers are sorted from the largest first: the slow and the big are what one looks for. */
function next(sort: Selection["sort"], { key, kind }: Column): Selection["sort"] {
  const first = kind !== "text" && kind !== "id";
  if (sort?.key !== key) return { key, descending: first };
  return sort.descending === first ? { key, descending: !first } : undefined;
}

function widthOf(column: Column): number {
  const heading = column.title.length + padding;
  if (column.kind === "id") return Math.max(heading, 13 + padding);
  if (column.kind !== "text") return Math.max(heading, narrowest + padding);
  // Not the longest of all: one name out of a thousand may be longer, and is cut.
  const lengths = column.words.map(({ length }) => length).sort((a, b) => a - b);
  const usual = lengths[Math.floor(lengths.length * 0.98)] ?? 0;
  return Math.max(heading, Math.min(Math.max(usual, narrowest), widest) + padding);
}
