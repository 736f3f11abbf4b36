import { expect, test } from "bun:test";
import { countsOf, countWords, outcomeOf, type Report } from "../../src/conformance/report.ts";
import { duration } from "../../src/conformance/reports/duration.ts";
import { formats } from "../../src/conformance/reports/formats.ts";
import { everyVerdict, failedResult, sampleCheck, sampleReport, sampleResult, staleEntry } from "./sample.ts";

const must = failedResult(sampleCheck("a/must"));
const should = failedResult(sampleCheck("a/should", { level: "should" }));
const passed = sampleResult("passed");
const notRun = sampleResult("not run");
const notApplicable = sampleResult("not applicable");

test("the outcome of a run is the worst that applies", () => {
  const cases: [report: Report, outcome: string][] = [
    [sampleReport([passed, notApplicable, sampleResult("known"), sampleResult("flaky")]), "passed"],
    [sampleReport([sampleResult("info")]), "passed"],
    [sampleReport([passed, should]), "passed"],
    [sampleReport([passed, should], { strict: true }), "failed"],
    [sampleReport([passed, notRun]), "incomplete"],
    [sampleReport([notRun, must]), "failed"],
    [sampleReport([passed], { stale: [staleEntry("x passes now")] }), "failed"],
    [sampleReport([must], { notStarted: "it sent no hello" }), "not started"],
    [sampleReport([must, sampleResult("error")], { notStarted: "x" }), "error"],
  ];
  for (const [report, outcome] of cases) expect<string>(outcomeOf(report)).toBe(outcome);
});

test("a run in which nothing ran has not passed", () => {
  expect(outcomeOf(sampleReport([]))).toBe("incomplete");
  expect(outcomeOf(sampleReport([notApplicable, notApplicable]))).toBe("incomplete");
});

test("the counts separate warnings from failures, and not reached from could not run", () => {
  const results = [...everyVerdict(), sampleResult("not run", { unreached: true })];
  const words = countWords(countsOf({ results, strict: false })).map(([, text]) => text);
  expect(words.join(" · ")).toBe(
    "1 passed · 1 failed · 1 error · 1 warning · 1 known failure · 1 flaky failure · 1 could not run · 1 not reached · 1 not applicable · 1 info",
  );
  expect(countsOf({ results, strict: true })).toMatchObject({ failed: 2, warning: 0 });
});

test("a duration has three digits", () => {
  const shown = [0.4, 3, 999.4, 999.6, 5_004, 9_994, 9_996, 59_994, 59_996, 65_000].map(duration);
  expect(shown).toEqual([
    "0 ms",
    "3 ms",
    "999 ms",
    "1.00 s",
    "5.00 s",
    "9.99 s",
    "10.0 s",
    "60.0 s",
    "1 m 00 s",
    "1 m 05 s",
  ]);
});

/** Reports that don't pass, each for one reason. */
const reasons: readonly [name: string, report: Report][] = [
  ["a must failed", sampleReport([passed, must])],
  ["a should failed under strict", sampleReport([passed, should], { strict: true })],
  ["a check could not run", sampleReport([passed, notRun])],
  ["an internal error", sampleReport([passed, sampleResult("error")])],
  ["a stale entry", sampleReport([passed], { stale: [staleEntry("put/x passes now")] })],
  ["no hello", sampleReport([sampleResult("not run", { unreached: true })], { notStarted: "it is gone" })],
  [
    "an interrupted run",
    sampleReport([passed, sampleResult("not run", { unreached: true })], { stopped: "interrupted" }),
  ],
  ["nothing applicable", sampleReport([notApplicable])],
];

test.each(reasons)("TAP and JUnit fail with: %s", (_name, report) => {
  expect(outcomeOf(report)).not.toBe("passed");
  expect(formats.tap(report)).toMatch(/^not ok \d+ - (?!.*# TODO)/m);
  expect(formats.junit(report)).toMatch(/<testsuites [^>]*(?:failures|errors)="[1-9]/);
});

test("TAP and JUnit pass for a run with known failures and warnings", () => {
  const report = sampleReport([passed, should, sampleResult("known"), sampleResult("flaky"), notApplicable]);
  expect(outcomeOf(report)).toBe("passed");
  expect(formats.tap(report)).not.toMatch(/^not ok \d+ - (?!.*# TODO)/m);
  expect(formats.junit(report)).toMatch(
    /<testsuites name="cacheprogw check" tests="5" failures="0" errors="0" skipped="4" time="6.200">/,
  );
});

test("TAP has a plan, directives for results that don't count, and a YAML block for each failure", () => {
  const tap = formats.tap(sampleReport([...everyVerdict()], { stale: [staleEntry("a # b\nc")] }));
  const lines = tap.split("\n");
  expect(lines.slice(0, 3)).toEqual(["TAP version 14", "1..10", "ok 1 - group/passed"]);
  expect(lines).toContain("not ok 3 - group/should # TODO should");
  expect(lines).toContain("not ok 4 - other/known # TODO known failure");
  expect(lines).toContain("ok 7 - group/not-applicable # SKIP put is not declared");
  expect(lines).toContain("not ok 10 - known failures: a \\# b c");
  const [, yaml = ""] = /^not ok 2 - group\/failed\n {2}---\n(.*?)^ {2}\.\.\.$/ms.exec(tap) ?? [];
  expect(Bun.YAML.parse(yaml)).toEqual({
    level: "must",
    finding: expect.stringMatching(
      /^What group\/failed requires\.\nExpected {2}a response to request 1 within 5\.0 s\n {2}Actual/,
    ),
  });
});

test("GitHub gets an error for each failure of the run and a warning for each should, each on one line", () => {
  const report = sampleReport([...everyVerdict()], { stale: [staleEntry("50 % of\nput/x")] });
  const lines = formats.github(report).trimEnd().split("\n");
  expect(lines.map((line) => line.split("::", 2)[1])).toEqual([
    "error title=group/error%3A internal error",
    "error title=group/failed (must)",
    "error file=/w/known%3A a%2C b.txt,line=7,title=cacheprogw%3A stale known failure",
    "error title=cacheprogw%3A 1 check could not run",
    "warning title=group/should (should)",
  ]);
  expect(lines[1]).toContain("requires.%0AExpected  a response");
  expect(lines[2]).toEndWith("::50 %25 of%0Aput/x");
});

test("GitHub gets the most important first: the cause, musts, shoulds, stale entries, and one error for all checks that could not run", () => {
  const results = [
    failedResult(sampleCheck("a/should", { level: "should" })),
    sampleResult("not run", { check: sampleCheck("a/1"), remark: "see b/must" }),
    sampleResult("not run", { check: sampleCheck("a/2"), remark: "no second user" }),
    failedResult(sampleCheck("b/must")),
    sampleResult("not run", { check: sampleCheck("b/1"), remark: "see b/must" }),
    failedResult(sampleCheck("c/must")),
  ];
  const report = sampleReport(results, {
    strict: true,
    notStarted: "it sent no hello",
    stopped: "timeout",
    stale: [staleEntry("d/x passes now")],
  });
  const lines = formats.github(report).trimEnd().split("\n");
  expect(lines.map((line) => line.replace(/^::error (file=.*,)?title=(.*?)::.*$/, "$2"))).toEqual([
    "cacheprogw%3A the program did not start",
    "b/must (must)",
    "c/must (must)",
    "a/should (should)",
    "cacheprogw%3A stale known failure",
    "cacheprogw%3A 3 checks could not run",
    "cacheprogw%3A incomplete",
  ]);
  expect(lines[5]).toEndWith("::see b/must: a/1, b/1%0Ano second user: a/2");
});

test("GitHub gets one notice, not an error, for all checks that were not run because others failed", () => {
  const blocked = (id: string) =>
    sampleResult("not run", { check: sampleCheck(id), blocked: true, remark: "see b/must", see: ["b/must"] });
  const explained = sampleReport([must, blocked("a/1"), blocked("a/2")], { lacking: ["No room."] });
  expect(formats.github(explained)).toMatch(
    /^::error title=a\/must .*\n::warning title=cacheprogw%3A this machine::No room\.\n::notice title=cacheprogw%3A 2 checks were not run::see b\/must: a\/1, a\/2\n$/,
  );
  expect(formats.markdown(explained)).toContain("| ❔ | `a/1`, `a/2` | | not run: `see b/must` |\n");
  // No failure explains it, so this fails the run.
  expect(formats.github(sampleReport([passed, blocked("a/1")]))).toBe(
    "::error title=cacheprogw%3A 1 check was not run::see b/must: a/1\n",
  );
});

test("if there are more errors or warnings than GitHub shows, the last shown one lists the rest", () => {
  const failures = (count: number, level: "must" | "should") =>
    Array.from({ length: count }, (_, index) => failedResult(sampleCheck(`${level}/${index}`, { level })));
  const shown = (count: number) =>
    formats
      .github(sampleReport([...failures(count, "must"), ...failures(3, "should")]))
      .trimEnd()
      .split("\n");
  expect(shown(10)).toHaveLength(13);
  const more = shown(12);
  expect(more).toHaveLength(16);
  expect(more[8]).toStartWith("::error title=must/8 ");
  expect(more[9]).toBe("::error title=cacheprogw%3A 3 more::must/9 (must)%0Amust/10 (must)%0Amust/11 (must)");
  expect(more[10]).toStartWith("::error title=must/9 ");
});

test("Markdown shows failures first, and program output is never markup", () => {
  const nasty = failedResult(sampleCheck("a/b"));
  const report = sampleReport([passed, { ...nasty, actual: "<b>|`x`*\n# y", stderr: ["```", "</details>"] }]);
  const markdown = formats.markdown(report);
  expect(markdown).toStartWith(
    "### cacheprogw check: failed\n\n`./prog --dir {dir}` as go1.24: 1 passed · 1 failed, in 6.20 s\n\n| | check",
  );
  expect(markdown).toContain(
    "| ❌ | `a/b` | must | go build would hang: expected `a response to request 1 within 5.0 s`; actual: `` <b>\\|`x`* # y `` |\n",
  );
  expect(markdown).toContain("\n````text\n");
  expect(markdown).toEndWith(
    "\n````\n\n</details>\n\n<details><summary>1 passed</summary>\n\n| | check | level | |\n|---|---|---|---|\n| ✅ | `group/passed` | must |  |\n\n</details>\n\n",
  );
});

test("Markdown stays below the size limit of GitHub", () => {
  const much = Array.from({ length: 100 }, (_, index) => ({
    ...failedResult(sampleCheck(`a/${index}`)),
    stderr: Array<string>(30).fill("x".repeat(500)),
  }));
  const markdown = formats.markdown(sampleReport(much));
  expect(Buffer.byteLength(markdown)).toBeLessThan(512 * 1024);
  expect(markdown.match(/^\| ❌ \| `a\/\d+`/gm)).toHaveLength(100);
  const shown = markdown.match(/^<details>/gm)?.length ?? 0;
  expect(shown).toBeGreaterThan(10);
  expect(markdown).toEndWith(`Findings left out because the page is too long: ${100 - shown}.\n\n`);
});

test("Markdown has one row for all checks that could not run for the same reason", () => {
  const ids = ["a/1", "a/2", "a/3"].map((id) =>
    sampleResult("not run", { check: sampleCheck(id), remark: "see a/must" }),
  );
  const markdown = formats.markdown(sampleReport([...ids, must]));
  expect(markdown).toContain("| ❔ | `a/1`, `a/2`, `a/3` | | could not run: `see a/must` |\n");
  expect(markdown.indexOf("a/must")).toBeLessThan(markdown.indexOf("❔"));
});

test("stale entries are counted as such, and no check counts as failed", () => {
  const report = sampleReport([passed], { stale: [staleEntry("a/b passes now")] });
  expect(outcomeOf(report)).toBe("failed");
  expect(formats.markdown(report)).toStartWith(
    "### cacheprogw check: stale known failures\n\n`./prog --dir {dir}` as go1.24: 1 passed · 1 stale entry, in",
  );
  expect(formats.text(report)).toContain("\n  1 passed · 1 stale entry ");
  expect(formats.text(report)).not.toContain("failed");
  expect(countsOf(sampleReport([must], { stale: report.stale }))).toMatchObject({ failed: 1, stale: 1 });
});

test("Markdown says what stopped a run, and lists the checks that it reached", () => {
  const report = sampleReport([passed, sampleResult("not run", { unreached: true })], { stopped: "timeout" });
  const markdown = formats.markdown(report);
  expect(markdown).toContain("The run exceeded --timeout; this report is incomplete.");
  expect(markdown.match(/^\| \S+ \| `/gm)).toHaveLength(1);
});
