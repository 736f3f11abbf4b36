import type { Column, IdColumn } from "./column.ts";
import type { RecordTable } from "./table.ts";

/** Which records to show, and in what order. */
export interface Selection {
  /** Words that all have to be found in the texts of a record. Hex digits find the ids that begin with them. */
  readonly search: string;
  /** The word of a column that a record has to have, by the column's key. */
  readonly choices: ReadonlyMap<string, string>;
  /** The first and the last microsecond that a record has to touch. */
  readonly range?: readonly [from: number, to: number];
  readonly sort?: { readonly key: string; readonly descending: boolean };
}

type Test = (record: number) => boolean;

/** The records that a selection has, in its order. */
export function selectRecords(table: RecordTable, selection: Selection): Uint32Array {
  const tests = [
    ...searchTests(table, selection),
    ...choiceTests(table, selection),
    ...rangeTests(table, selection),
  ];
  const found = new Uint32Array(table.count);
  let count = 0;
  for (let record = 0; record < table.count; record++)
    if (tests.every((test) => test(record))) found[count++] = record;
  return sorted(table, found.subarray(0, count), selection.sort);
}

/** The sort is stable: records that are equal stay in the order of the table, whatever the direction. */
function sorted(table: RecordTable, records: Uint32Array, sort: Selection["sort"]): Uint32Array {
  if (sort === undefined) return records;
  const ranks = table.ranks(table.column(sort.key));
  const sign = sort.descending ? -1 : 1;
  return records.sort((a, b) => {
    const [one = 0, other = 0] = [ranks[a], ranks[b]];
    if (one === other) return a - b;
    // What has no value is at the end in both directions.
    if (one === Number.POSITIVE_INFINITY || other === Number.POSITIVE_INFINITY) return one - other;
    return sign * (one - other);
  });
}

function searchTests(table: RecordTable, { search }: Selection): Test[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return words.map((word) => {
    const tests = table.data.columns.flatMap((column) => finder(table, column, word) ?? []);
    return (record) => tests.some((test) => test(record));
  });
}

/** Tests whether a column has a word. Each of its words is compared once, not once a record. */
function finder(table: RecordTable, column: Column, word: string): Test | undefined {
  if (column.kind === "text") {
    const found = column.words.map((each) => each.toLowerCase().includes(word));
    return (record) => found[column.at[record] ?? -1] ?? false;
  }
  if (column.kind !== "id" || !/^[0-9a-f]{4,}$/.test(word)) return undefined;
  const found = foundIds(table, column, word);
  return (record) => found[column.at[record] ?? -1] ?? false;
}

/** Which ids of a column begin with these digits. */
function foundIds(table: RecordTable, column: IdColumn, digits: string): readonly boolean[] {
  // The first two bytes exclude nearly all.
  const [first, second] = [0, 2].map((at) => Number.parseInt(digits.slice(at, at + 2), 16));
  return Array.from({ length: table.idCount(column) }, (_, at) => {
    if (table.byte(column, at, 0) !== first || table.byte(column, at, 1) !== second) return false;
    return table.id(column, at).startsWith(digits);
  });
}

function choiceTests(table: RecordTable, { choices }: Selection): Test[] {
  return [...choices].flatMap(([key, word]) => {
    const column = table.column(key);
    if (column.kind !== "text") return [];
    const place = column.words.indexOf(word);
    return [(record: number) => column.at[record] === place];
  });
}

function rangeTests(table: RecordTable, { range }: Selection): Test[] {
  const { timeline } = table.data;
  if (range === undefined || timeline === undefined) return [];
  const [start, length] = [numbers(table, timeline.start), numbers(table, timeline.length)];
  const [from, to] = range;
  return [
    (record) => {
      const begins = start[record] ?? 0;
      return begins <= to && begins + (length[record] ?? 0) >= from;
    },
  ];
}

/** The values of a column of numbers. */
export function numbers(table: RecordTable, key: string): readonly (number | null)[] {
  const column = table.column(key);
  return column.kind === "text" || column.kind === "id" ? [] : column.values;
}
