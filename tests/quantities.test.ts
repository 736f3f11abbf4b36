import { expect, test } from "bun:test";
import { columns, percentText, plural, rateText, sizeText, timeText } from "../src/quantities.ts";

test("a time has three digits and the unit that fits", () => {
  expect([0.0001, 0.0871, 0.9994, 0.9996, 5.214, 52.14, 521.4, 999.6, 61_000].map(timeText)).toEqual([
    "0.10 µs",
    "87.1 µs",
    "999 µs",
    "1.00 ms",
    "5.21 ms",
    "52.1 ms",
    "521 ms",
    "1.00 s",
    "61.0 s",
  ]);
  expect(timeText(0)).toBe("0 s");
});

test("a size has the unit that fits", () => {
  expect([1, 1023, 1024, 1024 ** 2 - 1, 1.5 * 1024 ** 3].map(sizeText)).toEqual([
    "1 byte",
    "1023 bytes",
    "1.0 KiB",
    "1.0 MiB",
    "1.5 GiB",
  ]);
});

test("a change in per cent is rounded, without a negative zero", () => {
  expect([0.074, -0.2, -0.001, 1.5].map(percentText)).toEqual(["7 %", "-20 %", "0 %", "150 %"]);
});

test("a rate is 100 % only for all, and 0 % only for none", () => {
  expect(rateText(10, 10)).toBe("100 %");
  expect(rateText(9_999, 10_000)).toBe("99.9 %");
  expect(rateText(998, 1_000)).toBe("99.8 %");
  expect(rateText(2, 3)).toBe("67 %");
  expect(rateText(1, 10_000)).toBe("0.1 %");
  expect(rateText(0, 10)).toBe("0 %");
  expect(rateText(0, 0)).toBe("–");
});

test("plurals, and a table with its numbers to the right", () => {
  expect([plural(1, "hit"), plural(2_000, "hit"), plural(2, "entry", "entries")]).toEqual([
    "1 hit",
    "2,000 hits",
    "2 entries",
  ]);
  expect(
    columns([
      ["kind", "hits"],
      ["test run", "1"],
    ]),
  ).toBe("kind      hits\ntest run     1\n");
});
