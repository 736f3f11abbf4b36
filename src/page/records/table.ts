import { countText, rateText, sizeText, timeText } from "../../quantities.ts";
import type { Column, IdColumn, RecordData, TextColumn } from "./column.ts";

/** Records as the script of a page reads them. It has no DOM, so that tests can use it. */
export class RecordTable {
  readonly data: RecordData;
  readonly #columns: ReadonlyMap<string, Column>;
  readonly #ids = new Map<IdColumn, string>();

  constructor(data: RecordData) {
    this.data = data;
    this.#columns = new Map(data.columns.map((column) => [column.key, column]));
  }

  get count(): number {
    return this.data.count;
  }

  /** @throws {Error} if there is no such column: a bug of the page */
  column(key: string): Column {
    const column = this.#columns.get(key);
    if (column === undefined) throw new Error(`bug in the page: no column ${key}`);
    return column;
  }

  /** What a cell shows; "" if it has nothing. */
  text(column: Column, record: number): string {
    switch (column.kind) {
      case "text":
        return column.words[column.at[record] ?? -1] ?? "";
      case "id":
        return this.id(column, column.at[record] ?? -1);
      default:
        return numberText(column.kind, column.values[record] ?? null);
    }
  }

  /** The id at a place of a column, in hex; "" for -1. */
  id(column: IdColumn, at: number): string {
    if (at < 0) return "";
    let hex = "";
    for (let byte = 0; byte < column.width; byte++)
      hex += this.byte(column, at, byte).toString(16).padStart(2, "0");
    return hex;
  }

  /** One byte of the id at a place of a column. */
  byte(column: IdColumn, at: number, byte: number): number {
    return this.#bytes(column).charCodeAt(at * column.width + byte);
  }

  /** Numbers that sort as the records do by this column. Words and ids are ranked; what has no number comes last. */
  ranks(column: Column): Float64Array {
    const { count } = this;
    const ranks = new Float64Array(count);
    if (column.kind === "text" || column.kind === "id") {
      const places = column.kind === "text" ? wordRanks(column) : idRanks(this, column);
      for (let record = 0; record < count; record++)
        ranks[record] = places[column.at[record] ?? -1] ?? Number.POSITIVE_INFINITY;
      return ranks;
    }
    for (let record = 0; record < count; record++)
      ranks[record] = column.values[record] ?? Number.POSITIVE_INFINITY;
    return ranks;
  }

  /** How many ids a column has. */
  idCount(column: IdColumn): number {
    return this.#bytes(column).length / column.width;
  }

  /** All ids, a byte each character: an array of bytes would take a second more to make. */
  #bytes(column: IdColumn): string {
    const known = this.#ids.get(column);
    if (known !== undefined) return known;
    const bytes = atob(column.bytes);
    this.#ids.set(column, bytes);
    return bytes;
  }
}

function numberText(kind: "count" | "time" | "size" | "share", value: number | null): string {
  if (value === null) return "";
  if (kind === "time") return timeText(value / 1_000);
  if (kind === "size") return sizeText(value);
  return kind === "share" ? rateText(value, 1) : countText(value);
}

/** The rank of each word in alphabetical order. An empty one comes last. */
function wordRanks({ words }: TextColumn): readonly number[] {
  const order = words.map((_, at) => at).sort((a, b) => compare(words[a] ?? "", words[b] ?? ""));
  const ranks = new Array<number>(words.length).fill(0);
  for (const [rank, at] of order.entries()) ranks[at] = words[at] === "" ? Number.POSITIVE_INFINITY : rank;
  return ranks;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By the first six bytes, which are as good as all. */
function idRanks(table: RecordTable, column: IdColumn): readonly number[] {
  return Array.from({ length: table.idCount(column) }, (_, at) => {
    let rank = 0;
    for (let byte = 0; byte < 6; byte++) rank = rank * 256 + table.byte(column, at, byte);
    return rank;
  });
}
