import { expect, test } from "bun:test";
import { BadBaseline, parseBaseline } from "../../../src/bench/comparison/baseline.ts";
import { jsonReport } from "../../../src/bench/reports/json.ts";
import { sampleReport } from "../sample.ts";

function saved(...speeds: number[]): string {
  return JSON.stringify(jsonReport(sampleReport([speeds]), { warnings: [], comparisons: [] }));
}

test("a baseline has the saved runs of the first program and of the no-op program", () => {
  const baseline = parseBaseline(saved(90, 100, 110));
  expect(baseline.figures).toEqual(
    new Map([["get-miss/1", { speeds: [90, 100, 110], limits: [1_000, 1_000, 1_000] }]]),
  );
  expect(baseline.machine).toEqual(sampleReport([]).machine);
});

test("a figure without runs isn't in the baseline", () => {
  expect(parseBaseline(saved()).figures.size).toBe(0);
});

test.each([
  ["{", "it is not JSON"],
  ["null", `its "format" isn't "cacheprogw bench"`],
  ["[]", `its "format" isn't "cacheprogw bench"`],
  [`{"format":"cacheprogw bench","version":2}`, "its version is 2; expected 1; save a new one"],
  [`{"format":"cacheprogw bench","version":1}`, "it has no figures"],
  [`{"format":"cacheprogw bench","version":1,"programs":[{"figures":{}}]}`, "it has no figures"],
])("the baseline %s is refused", (text, said) => {
  expect(() => parseBaseline(text)).toThrow(new BadBaseline(said));
});
