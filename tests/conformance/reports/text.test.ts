import { expect, test } from "bun:test";
import { styleText } from "node:util";
import type { Layout } from "../../../src/conformance/reports/layout.ts";
import { textReport } from "../../../src/conformance/reports/text.ts";
import {
  everyVerdict,
  failedResult,
  sampleCheck,
  sampleReport,
  sampleResult,
  staleEntry,
} from "../sample.ts";

const narrow: Layout = { width: 80, style: (_format, text) => text };

test("a report lists checks by group, with the details of each failure", () => {
  expect(textReport(sampleReport(everyVerdict()), narrow)).toBe(`\
cacheprogw check · ./prog --dir {dir} · as go1.24 · 9 checks

  group
    ✓ group/passed                12 ms
    ✗ group/failed               5.00 s  must · go build would hang
        What group/failed requires.
          Expected  a response to request 1 within 5.0 s
            Actual  nothing; the program is still running
              Wire  → {"ID":1,"Command":"get"}\\n\\n
            Stderr  cannot open <store> & co
                Go  go build would wait forever
                    cmd/go/internal/cache/prog.go, readLoop
             Rerun  cacheprogw check group/failed -- ./prog
    ! group/should               5.00 s  should · go build would hang
        What group/should requires.
          Expected  a response to request 1 within 5.0 s
            Actual  nothing; the program is still running
              Wire  → {"ID":1,"Command":"get"}\\n\\n
            Stderr  cannot open <store> & co
                Go  go build would wait forever
                    cmd/go/internal/cache/prog.go, readLoop
             Rerun  cacheprogw check group/should -- ./prog
  other
    ~ other/known                5.00 s  known failure
    ~ other/flaky                5.00 s  flaky failure
    i other/info                  12 ms  none
  group
    - group/not-applicable               not applicable: put is not declared
    ? group/not-run                      could not run: there is no second user
    ‼ group/error                 12 ms  internal error (a bug in cacheprogw):
                                         TypeError: x is not a function

  1 passed · 1 failed · 1 error · 1 warning · 1 known failure · 1 flaky failure · 1 could not run · 1 not applicable · 1 info
  6.20 s
`);
});

test("with strict, a violated should is a failure like any other", () => {
  const results = [failedResult(sampleCheck("group/should", { level: "should" }))];
  const text = textReport(sampleReport(results, { strict: true }), narrow);
  expect(text).toContain("    ✗ group/should               5.00 s  should · go build would hang\n");
  expect(text).toEndWith(
    "\n\n  1 failed                                                                6.20 s\n",
  );
});

test("a program that did not start is reported once, with its stderr and without a list of checks", () => {
  const unreached = [1, 2, 3].map((n) =>
    sampleResult("not run", { check: sampleCheck(`group/${n}`), unreached: true }),
  );
  const report = sampleReport(unreached, { notStarted: "it sent no hello", stderr: ["no licence"] });
  expect(textReport(report, narrow)).toBe(`\
cacheprogw check · ./prog --dir {dir} · as go1.24 · 3 checks

  ✗ The program failed the handshake: it sent no hello
            Stderr  no licence

  3 not reached                                                           6.20 s
`);
});

test("the end says what stopped the run, which known failures are stale, and that a run without checks has not passed", () => {
  const stopped = textReport(sampleReport([sampleResult("passed")], { stopped: "interrupted" }), narrow);
  expect(stopped).toContain("\n\n  The run was interrupted; this report is incomplete.\n\n  1 passed ");
  const stale = textReport(
    sampleReport([sampleResult("passed")], { stale: [staleEntry("a/b passes now")] }),
    narrow,
  );
  expect(stale).toContain("\n\n  ✗ Stale known failure: a/b passes now\n\n  1 passed ");
  const silent = textReport(sampleReport([sampleResult("not applicable")]), narrow);
  expect(silent).toContain(
    "\n\n  No check applies to this program, so the run doesn't count as passed.\n\n  1 not applicable ",
  );
});

/** Text that a program may write, and a user may have to type. */
const long = "/a/very/long/path/to/something".repeat(12);
const nasty = `\x07\x1b[2J${"word ".repeat(60)}\x1b[31m\x07\t語語語語語語語語語語語語語語語語語語語語語語語語語語語語語語語語語語語語語語語 ${long}`;

test.each([60, 80, 120])(
  "no line is wider than %i columns, and no program output moves the cursor",
  (width) => {
    const result = failedResult(
      sampleCheck("group/failed", { requirement: "word ".repeat(60), source: long }),
    );
    const results = [
      { ...result, expected: nasty, actual: nasty, wire: [nasty, nasty], stderr: [nasty] },
      sampleResult("passed", { remark: nasty }),
      sampleResult("not run", { remark: nasty }),
    ];
    const layout = { ...narrow, width };
    const report = sampleReport(results, {
      name: nasty,
      notStarted: nasty,
      stderr: [nasty],
      stale: [staleEntry(nasty)],
    });
    const lines = textReport(report, layout).split("\n");
    expect(lines.filter((line) => Bun.stringWidth(line) > width)).toEqual([]);
    expect(lines.join("\n")).not.toMatch(/[^\P{Cc}\n]/u);
  },
);

test("colors change no column", () => {
  const style: Layout["style"] = (format, text) => styleText(format, text, { validateStream: false });
  const report = sampleReport(everyVerdict(), {
    stale: [staleEntry("x")],
    stopped: "timeout",
    notStarted: "y",
  });
  const coloured = textReport(report, { width: 80, style });
  expect(coloured).toContain("\x1b[31m✗\x1b[39m group/failed");
  expect(Bun.stripANSI(coloured)).toBe(textReport(report, narrow));
});

test("a command that is too wide is split with backslashes, and a shell reads it unchanged", () => {
  const rerun = `printf '%s|' check a/b -- ./prog 'with space' 'it'\\''s' '' --dir {dir} ${"long ".repeat(20)}'two\n  lines'`;
  const text = textReport(sampleReport([{ ...failedResult(sampleCheck("a/b")), rerun }]), narrow);
  const command = text.slice(text.indexOf("Rerun") + 5, text.indexOf("\n\n  1 failed"));
  expect(command.split("\n").length).toBeGreaterThan(3);
  const sh = (script: string) => Bun.spawnSync(["sh", "-c", script]).stdout.toString();
  expect(sh(command)).toBe(sh(rerun));
  expect(sh(command)).toContain("|with space|it's||--dir|{dir}|long|");
});
