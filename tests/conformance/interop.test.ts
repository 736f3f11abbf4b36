import { expect, test } from "bun:test";
import { checkColumns, checkRow, openRows, opens } from "../tools/interop/check-rows.ts";
import { everyVerdict, failedResult, sampleCheck, sampleReport, sampleResult } from "./sample.ts";

test("a row has a cell for each column, and counts a violated should apart from failures", () => {
  const row = checkRow(sampleReport([...everyVerdict(), sampleResult("passed")], { strict: true }));
  expect(row).toHaveLength(checkColumns.length);
  expect(Object.fromEntries(checkColumns.map((column, index) => [column, row[index]]))).toEqual({
    passed: "2",
    "failed must": "1",
    "violated should": "1",
    "could not run": "1",
    errors: "1",
    "not applicable": "1",
    info: "1",
  });
});

test("every result that isn't passed, info or not applicable is listed on one line", () => {
  const told = opens(sampleReport(everyVerdict()));
  expect(told.map(({ id }) => id)).toEqual(["group/failed", "group/should", "group/not-run", "group/error"]);
  expect(told[0]?.text).toBe(
    "expected a response to request 1 within 5.0 s; actual: nothing; the program is still running",
  );
  expect(told.every(({ text }) => !text.includes("\n"))).toBeTrue();
  const [head, first] = openRows("a program", told);
  expect(head).toEqual(["a program does not pass", "level", "finding"]);
  expect(first?.slice(0, 2)).toEqual(["group/failed", "must"]);
});

test("a text of many lines becomes one line, and is cut", () => {
  const check = sampleCheck("group/long");
  const long = { ...failedResult(check), actual: `one\n  two ${"x".repeat(500)}` };
  const [told] = opens(sampleReport([long]));
  expect(told?.text).toContain("actual: one two xxx");
  expect(told?.text).toEndWith("…");
  expect(told?.text.length).toBeLessThan(200);
});

test("only an internal error and a run that timed out are the suite's fault", () => {
  const ours = (told: ReturnType<typeof opens>) => told.filter(({ isOurs }) => isOurs).map(({ id }) => id);
  expect(ours(opens(sampleReport(everyVerdict())))).toEqual(["group/error"]);
  expect(ours(opens(sampleReport([], { stopped: "timeout" })))).toEqual(["the run"]);
  expect(ours(opens(sampleReport([], { notStarted: "it sent no hello: it exited with code 1" })))).toEqual(
    [],
  );
});

test("checks that a run didn't reach are counted, and listed once", () => {
  const unreached = ["a/a", "a/b"].map((id) =>
    sampleResult("not run", { check: sampleCheck(id), unreached: true, remark: "the program sent no hello" }),
  );
  const report = sampleReport(unreached, { notStarted: "it sent no hello" });
  expect(checkRow(report)[checkColumns.indexOf("could not run")]).toBe("2");
  expect(opens(report)).toEqual([{ id: "the run", level: "", text: "it sent no hello", isOurs: false }]);
});
