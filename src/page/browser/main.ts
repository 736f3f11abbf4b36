/*
 * The script of a page. The page is complete without it, except for what is made of records: tables with filter and sort,
 * and timelines.
 *
 *   explorer.ts    what belongs to one set of records: the filter, the timeline, the table, the record that is selected
 *   filter.ts      the filter of a list that is in the document
 *   grid/          the table: only the rows that are in view are in the document
 *   timeline/      the timeline: a canvas that zooms and pans
 */
import type { RecordData } from "../records/column.ts";
import { RecordTable } from "../records/table.ts";
import { Explorer } from "./explorer.ts";
import { addFilter } from "./filter.ts";

const explorers = new Map<string, Explorer>();
for (const place of document.querySelectorAll<HTMLElement>("[data-records]")) {
  const name = place.dataset.records ?? "";
  const data: RecordData = JSON.parse(document.getElementById(`records-${name}`)?.textContent ?? "");
  explorers.set(name, new Explorer(place, name, new RecordTable(data)));
}

for (const place of document.querySelectorAll<HTMLElement>("[data-filter]")) addFilter(place);

// A button that shows a record, or the records with a word.
document.addEventListener("click", ({ target }) => {
  const button = target instanceof Element ? target.closest<HTMLElement>("button[data-show]") : null;
  const { show = "", record, search } = button?.dataset ?? {};
  const explorer = explorers.get(show);
  if (record !== undefined) explorer?.show(Number(record));
  if (search !== undefined) explorer?.search(search);
});
document.documentElement.dataset.ready = "";
