import { expect, test } from "bun:test";
import {
  BadBaseline,
  changesBetween,
  changesSince,
  parseBaseline,
  regressions,
} from "../../src/bench/baseline.ts";
import { jsonReport } from "../../src/bench/reports/json.ts";
import { textChanges } from "../../src/bench/reports/text.ts";
import { sampleReport } from "./sample.ts";

function saved(...speeds: number[]): string {
  return JSON.stringify(jsonReport(sampleReport([speeds]), { warnings: [], changes: [] }));
}

test("what was saved is what is compared with: the medians of the first program", () => {
  const baseline = parseBaseline(saved(90, 100, 110));
  expect(baseline.speeds).toEqual(new Map([["get-miss/1", 100]]));
  expect(baseline.machine).toEqual(sampleReport([]).machine);
  expect(changesSince(baseline, sampleReport([[85]]))).toEqual([
    { id: "get-miss/1", to: "baseline", change: expect.closeTo(-0.15, 10) },
  ]);
});

test("a figure that is missing on either side is no change", () => {
  expect(changesSince(parseBaseline(saved()), sampleReport([[85]]))).toEqual([]);
  expect(changesSince(parseBaseline(saved(100)), sampleReport([[]]))).toEqual([]);
});

test.each([
  [90, 0.1, false],
  [89.9, 0.1, true],
  [70, 0.3, false], // 0.7 - 1 is a little below -0.3
  [110, 0.1, false],
  [100, 0, false],
  [99, 0, true],
])("from 100 to %p a second, with %p allowed, is a regression: %p", (now, most, expected) => {
  const changes = [{ id: "x", to: "baseline" as const, change: now / 100 - 1 }];
  expect(regressions(changes, most).length > 0).toBe(expected);
});

test("against a second program, it is the ratio that counts", () => {
  const changes = changesBetween(
    sampleReport([
      [80, 80, 160],
      [100, 100, 100],
    ]),
  );
  expect(changes).toEqual([{ id: "get-miss/1", to: "program", change: expect.closeTo(-0.2, 10) }]);
});

test.each([
  ["{", "it is not JSON"],
  ["null", `it has no "format" of "cacheprogw bench"`],
  ["[]", `it has no "format" of "cacheprogw bench"`],
  [`{"format":"cacheprogw bench","version":2}`, "its version is 2; expected 1: save it anew"],
  [`{"format":"cacheprogw bench","version":1}`, "it has no figures"],
  [`{"format":"cacheprogw bench","version":1,"programs":[{"figures":{}}]}`, "it has no figures"],
])("the baseline %s is refused", (text, said) => {
  expect(() => parseBaseline(text)).toThrow(new BadBaseline(said));
});

test("what became slower than is allowed is marked, and named again at the end", () => {
  const changes = [
    { id: "put/0B", to: "baseline" as const, change: -0.25 },
    { id: "put/1MiB", to: "baseline" as const, change: 0.125 },
  ];
  expect(textChanges(changes, regressions(changes, 0.1), 0.1)).toBe(`
Speed against the baseline

            change
  put/0B     -25 %  slower than is allowed
  put/1MiB   +13 %

Slower by more than 10 %: put/0B
`);
  expect(textChanges([], [], 0.1)).toBe("\nNo figure is slower by more than 10 %.\n");
  expect(textChanges([], [], undefined)).toBe("");
});
