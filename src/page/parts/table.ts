import { type Content, type Html, html } from "../html.ts";

/** A column of a table that is in the document. */
export interface TableColumn<T> {
  readonly title: string;
  /** Numbers stand to the right. The first column is the heading of its row. */
  readonly isNumber?: boolean;
  readonly class?: string;
  cell(row: T): Content;
}

/** A table with few rows. What has more is a set of records: see {@link explorer}. */
export function table<T>(caption: string, columns: readonly TableColumn<T>[], rows: readonly T[]): Html {
  const kind = ({ isNumber, class: other }: TableColumn<T>) => {
    const names = [isNumber && "number", other].filter(Boolean).join(" ");
    return names !== "" && html` class="${names}"`;
  };
  return html`<div class="scroll" tabindex="0" role="group" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map((column) => html`<th scope="col"${kind(column)}>${column.title}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) =>
      html`<tr>${columns.map((column, at) =>
        at === 0
          ? html`<th scope="row"${kind(column)}>${column.cell(row)}</th>`
          : html`<td${kind(column)}>${column.cell(row)}</td>`,
      )}</tr>
`,
  )}</tbody>
</table></div>`;
}
