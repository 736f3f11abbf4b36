import type { Report, Result, StaleEntry, Verdict } from "../../src/conformance/report.ts";
import type { Check } from "../../src/conformance/requirement.ts";

/** A check that a test controls. */
export function sampleCheck(id: string, changes: Partial<Check> = {}): Check {
  return {
    id,
    level: "must",
    requirement: `What ${id} requires.`,
    source: "cmd/go/internal/cache/prog.go, readLoop",
    go: { outcome: "hang", text: "go build would wait forever" },
    needs: [],
    run: async () => undefined,
    ...changes,
  };
}

/** The result of a check with a verdict. */
export function sampleResult(
  verdict: Verdict,
  changes: Partial<Omit<Result, "check">> & { readonly check?: Check } = {},
): Result {
  const check = changes.check ?? sampleCheck(`group/${verdict.replace(" ", "-")}`);
  return { check, verdict, duration: 12.34, rerun: `cacheprogw check ${check.id} -- ./prog`, ...changes };
}

/** The result of a failed check, with every field. */
export function failedResult(check: Check, verdict: Verdict = "failed"): Result {
  return sampleResult(verdict, {
    check,
    duration: 5_004,
    expected: "a response to request 1 within 5.0 s",
    actual: "nothing; the program is still running",
    wire: ['→ {"ID":1,"Command":"get"}\\n\\n'],
    stderr: ["cannot open <store> & co"],
  });
}

export function sampleReport(results: readonly Result[], changes: Partial<Report> = {}): Report {
  return {
    command: ["./prog", "--dir", "{dir}"],
    name: "./prog --dir {dir}",
    dialect: "go1.24",
    strict: false,
    results,
    stale: [],
    duration: 6_200,
    ...changes,
  };
}

/** A stale entry of a file of known failures. */
export function staleEntry(text: string): StaleEntry {
  return { id: "put/x", text, file: "/w/known: a, b.txt", line: 7 };
}

/** One result of each kind. */
export function everyVerdict(): readonly Result[] {
  return [
    sampleResult("passed"),
    failedResult(sampleCheck("group/failed")),
    failedResult(sampleCheck("group/should", { level: "should" })),
    failedResult(sampleCheck("other/known"), "known"),
    failedResult(sampleCheck("other/flaky"), "flaky"),
    sampleResult("info", { check: sampleCheck("other/info", { level: "info" }), remark: "none" }),
    sampleResult("not applicable", { remark: "put is not declared", duration: 0 }),
    sampleResult("not run", { remark: "there is no second user", duration: 0 }),
    sampleResult("error", { remark: "TypeError: x is not a function" }),
  ];
}
