import { expect, test } from "bun:test";
import { formatGoEntry, goEntryLength, parseGoEntry } from "../../../src/server/gocache/go-entry.ts";

const actionID = "0a".repeat(32);
const outputID = "f1".repeat(32);
const entry = { outputID, size: 67, time: 1_795_723_333_007_915_563n };
const text = `v1 ${actionID} ${outputID}                   67  1795723333007915563\n`;

test("an entry has the bytes that go writes", () => {
  expect(formatGoEntry(actionID, entry)).toBe(text);
  expect(text).toHaveLength(goEntryLength);
  expect(goEntryLength).toBe(175);
  expect(parseGoEntry(text, actionID)).toEqual(entry);
});

/** The text with another size and time. */
function withNumbers(size: string, time = "1"): string {
  return `v1 ${actionID} ${outputID} ${size.padStart(20)} ${time.padStart(20)}\n`;
}

test("an entry is read with all the freedom that go's own reader has", () => {
  const cases: [text: string, size: number, time: bigint][] = [
    [text.toUpperCase().replace("V", "v"), entry.size, entry.time],
    [withNumbers("0", "0"), 0, 0n],
    [withNumbers("00000000000000000012"), 12, 1n],
    [withNumbers("+5", "+7"), 5, 7n],
    [withNumbers("-0", "-0"), 0, 0n],
    [withNumbers("9007199254740991", "9223372036854775807"), Number.MAX_SAFE_INTEGER, 2n ** 63n - 1n],
  ];
  for (const [form, size, time] of cases)
    expect({ form, entry: parseGoEntry(form, actionID) }).toEqual({ form, entry: { outputID, size, time } });
});

test("what go's reader rejects is no entry", () => {
  const replaced = (at: number, by: string) => text.slice(0, at) + by + text.slice(at + by.length);
  const wrong = [
    "",
    text.slice(0, -1),
    `${text} `,
    text.replace("v1", "v2"),
    `${text.slice(0, 154)}1\n`,
    `${text.slice(0, 154)}${"1".padStart(21)}\n`,
    replaced(2, "\t"),
    replaced(67, "\t"),
    replaced(132, "\t"),
    replaced(153, "\t"),
    replaced(174, " "),
    replaced(3, "g"),
    replaced(3, "1"),
    replaced(68, "g"),
    replaced(131, " "),
    ...["", "x", "1 ", "1_000", "0x1", "1.0", "1e3", "-1", "+", "٣", "9223372036854775808"].flatMap(
      (number) => [withNumbers(number), withNumbers("1", number)],
    ),
    // No file is as long as this.
    withNumbers("9007199254740992"),
  ];
  for (const form of wrong)
    expect({ form, entry: parseGoEntry(form, actionID) }).toEqual({ form, entry: undefined });
});
