import { describe, expect, test } from "bun:test";
import type { RecordData } from "../../src/page/records/column.ts";
import { type Selection, selectRecords } from "../../src/page/records/select.ts";
import { RecordTable } from "../../src/page/records/table.ts";
import { idColumn, numberColumn, textColumn } from "../../src/page/records/write.ts";

const rows = [
  { name: "net/http", took: 30, size: 0, id: "ab".repeat(32), start: 0 },
  { name: "", took: 10, size: undefined, id: "", start: 100 },
  { name: "fmt", took: 30, size: 2048, id: "0f".repeat(32), start: 200 },
  { name: "fmt", took: 1_500, size: 12, id: "ab".repeat(32), start: 300 },
];

const data: RecordData = {
  count: rows.length,
  noun: ["row", "rows"],
  columns: [
    textColumn({ key: "name", title: "Name", choice: true }, rows, ({ name }) => name),
    numberColumn("time", { key: "took", title: "Took" }, rows, ({ took }) => took),
    numberColumn("size", { key: "size", title: "Size" }, rows, ({ size }) => size),
    numberColumn("time", { key: "start", title: "Start" }, rows, ({ start }) => start),
    idColumn({ key: "id", title: "Id" }, rows, ({ id }) => id),
  ],
  timeline: { start: "start", length: "took", band: "name", tone: "name", label: "name" },
};
// As the page gets it.
const table = new RecordTable(JSON.parse(JSON.stringify(data)));

function select(selection: Partial<Selection>): number[] {
  return [...selectRecords(table, { search: "", choices: new Map(), ...selection })];
}

test("words and ids are stored once, and cells show what the rows have", () => {
  const cells = rows.map((_, row) => data.columns.map((column) => table.text(column, row)));
  expect(cells).toEqual([
    ["net/http", "30.0 µs", "0 bytes", "0 s", "ab".repeat(32)],
    ["", "10.0 µs", "", "100 µs", ""],
    ["fmt", "30.0 µs", "2.0 KiB", "200 µs", "0f".repeat(32)],
    ["fmt", "1.50 ms", "12 bytes", "300 µs", "ab".repeat(32)],
  ]);
  expect(data.columns[0]).toMatchObject({ words: ["net/http", "", "fmt"], at: [0, 1, 2, 2] });
  expect(data.columns[4]).toMatchObject({ at: [0, -1, 1, 0] });
});

describe("a filter", () => {
  test.each<[string, number[]]>([
    ["", [0, 1, 2, 3]],
    ["FMT", [2, 3]],
    ["net http", [0]],
    ["net fmt", []],
    ["abab", [0, 3]],
    ["0f0f fmt", [2]],
    ["ababa", [0, 3]],
    ["abab0", []],
    // Three digits are too few for an id: they're more often a part of a word.
    ["aba", []],
  ])("%p", (search, found) => expect(select({ search })).toEqual(found));

  test("with a chosen word, even an empty one", () => {
    expect(select({ choices: new Map([["name", "fmt"]]) })).toEqual([2, 3]);
    expect(select({ choices: new Map([["name", ""]]) })).toEqual([1]);
  });

  test("with a range: what touches it", () => {
    expect(select({ range: [110, 200] })).toEqual([1, 2]);
    expect(select({ range: [111, 199] })).toEqual([]);
    expect(select({ range: [1_700, 9_999] })).toEqual([3]);
  });
});

describe("an order", () => {
  test.each<[string, boolean, number[]]>([
    ["took", false, [1, 0, 2, 3]],
    ["took", true, [3, 0, 2, 1]],
    // What has no value comes last, whatever the direction.
    ["size", false, [0, 3, 2, 1]],
    ["size", true, [2, 3, 0, 1]],
    ["name", false, [2, 3, 0, 1]],
    ["name", true, [0, 2, 3, 1]],
    ["id", false, [2, 0, 3, 1]],
  ])("by %s, descending: %p", (key, descending, order) => {
    expect(select({ sort: { key, descending } })).toEqual(order);
  });
});
