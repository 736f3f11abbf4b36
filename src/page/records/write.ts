import { legible } from "../../safe-text.ts";
import type { Column, IdColumn, NumberColumn, TextColumn } from "./column.ts";

type Rest<T> = Omit<T, "kind" | "words" | "at" | "values" | "bytes" | "width">;

/** A column of words. They may come from anywhere. */
export function textColumn<T>(
  column: Rest<TextColumn>,
  records: readonly T[],
  wordOf: (record: T) => string,
): Column {
  const places = new Map<string, number>();
  const at = records.map((record) => place(places, legible(wordOf(record))));
  return { ...column, kind: "text", words: [...places.keys()], at };
}

/** A column of numbers. */
export function numberColumn<T>(
  kind: NumberColumn["kind"],
  column: Rest<NumberColumn>,
  records: readonly T[],
  numberOf: (record: T) => number | undefined,
): Column {
  return { ...column, kind, values: records.map((record) => numberOf(record) ?? null) };
}

/** A column of ids: SHA-256, in hex. Anything else has no id. */
export function idColumn<T>(
  column: Rest<IdColumn>,
  records: readonly T[],
  idOf: (record: T) => string,
): Column {
  const width = 32;
  const places = new Map<string, number>();
  const at = records.map((record) => {
    const id = idOf(record);
    return id.length === 2 * width ? place(places, id) : -1;
  });
  const bytes = Buffer.from([...places.keys()].join(""), "hex").toString("base64");
  return { ...column, kind: "id", width, bytes, at };
}

function place(places: Map<string, number>, word: string): number {
  const known = places.get(word);
  if (known !== undefined) return known;
  places.set(word, places.size);
  return places.size - 1;
}
