import { expect, test } from "bun:test";
import { KnownFailures, knownText } from "../../src/conformance/known.ts";
import { ArgumentError } from "../../src/errors.ts";
import { failedResult, sampleCheck, sampleReport, sampleResult } from "./sample.ts";

test("each line has one id; # starts a reason, ~ marks a flaky failure", () => {
  const known = KnownFailures.parse(
    "\ufeff# all of it\r\n\r\nput/answer   # no time yet\r\n~ get/miss\n~get/x#y # z # t\n",
  );
  expect(known.get("put/answer")).toEqual({ id: "put/answer", flaky: false, reason: "no time yet", line: 3 });
  expect(known.get("get/miss")).toEqual({ id: "get/miss", flaky: true, reason: "", line: 4 });
  expect(known.get("get/x#y")).toEqual({ id: "get/x#y", flaky: true, reason: "z # t", line: 5 });
  expect(known.get("all")).toBeUndefined();
});

test("an invalid line and a duplicate id are rejected with their line number", () => {
  expect(() => KnownFailures.parse("a/b\nput/empty body\n", "known.txt")).toThrow(
    new ArgumentError('known.txt, line 2: expected one id, and a reason after #; got "put/empty body"'),
  );
  expect(() => KnownFailures.parse("~")).toThrow(
    'the known failures, line 1: expected one id, and a reason after #; got "~"',
  );
  expect(() => KnownFailures.parse("a/b\n~a/b")).toThrow("the known failures, line 2: a/b is listed twice");
});

const [a, b] = [sampleCheck("group/a"), sampleCheck("group/b")];
const stale = (text: string, ...rest: Parameters<KnownFailures["stale"]>) =>
  KnownFailures.parse(text)
    .stale(...rest)
    .map((entry) => entry.text);

test("an entry is stale if its check passes, unless it is flaky, or if its check never fails", () => {
  expect(stale("group/a", [sampleResult("passed", { check: a })])).toEqual(["group/a passes now"]);
  expect(stale("~group/a", [sampleResult("passed", { check: a })])).toEqual([]);
  expect(stale("group/a", [failedResult(a, "known")])).toEqual([]);
  expect(stale("group/a", [sampleResult("info", { check: a })])).toEqual([
    "group/a is an info check and never fails",
  ]);
});

test("an entry is stale if its check is unknown, skipped or not applicable", () => {
  const results = [sampleResult("passed", { check: a })];
  expect(stale("gruop/a", results)).toEqual(['there is no check "gruop/a". Did you mean "group/a"?']);
  expect(stale("~xyzzy", results)).toEqual(['there is no check "xyzzy".']);
  expect(stale("group/b", results, [b])).toEqual([
    "group/b is skipped, so it isn't known whether it still fails",
  ]);
  expect(stale("group/a", [sampleResult("not applicable", { check: a, remark: "x" })])).toEqual([
    "group/a is not applicable: x",
  ]);
});

test("a stale entry has its file and line", () => {
  const known = KnownFailures.parse("# old\n\ngroup/a\n", "known.txt", "/work/known.txt");
  expect(known.stale([sampleResult("passed", { check: a })])).toEqual([
    { id: "group/a", text: "group/a passes now", file: "/work/known.txt", line: 3 },
  ]);
});

test("an unknown id can be rejected before the run, with its line and the nearest id", () => {
  const known = KnownFailures.parse("group/a\n~gruop/b\n", "known.txt");
  expect(() => known.requireKnown([a, b])).toThrow(
    new ArgumentError('known.txt, line 2: there is no check "gruop/b". Did you mean "group/b"?'),
  );
  expect(() => KnownFailures.parse("group/a\n~group/b").requireKnown([a, b])).not.toThrow();
});

test("an entry is not stale if its check was not selected or could not run", () => {
  expect(stale("handshake/hello", [sampleResult("passed", { check: a })])).toEqual([]);
  expect(stale("group/a", [sampleResult("not run", { check: a })])).toEqual([]);
});

test("the written file parses, and has exactly the failures", () => {
  const results = [failedResult(a), failedResult(b, "known"), sampleResult("passed")];
  const text = knownText(sampleReport(results));
  expect(text).toStartWith("# Known failures of ./prog --dir {dir}\ngroup/a  ");
  const known = KnownFailures.parse(text);
  expect(known.get("group/a")).toEqual({
    id: "group/a",
    flaky: false,
    reason: "nothing; the program is still running",
    line: 2,
  });
  expect(known.get("group/b")).toBeDefined();
  expect(known.get("group/passed")).toBeUndefined();
});

test("program output in the written file stays on one line, without control characters", () => {
  const result = { ...failedResult(a), actual: "\x1b[2Jtwo\nlines\u2028~group/b" };
  const text = knownText(sampleReport([result], { name: "./prog\x07" }));
  expect(text).toBe(
    `# Known failures of ./prog\\x07\n${"group/a".padEnd(32)} # \\x1b[2Jtwo lines\\u2028~group/b\n`,
  );
});

test("an entry that still fails keeps its reason; flaky entries and checks that didn't run stay", () => {
  const before = KnownFailures.parse(
    "group/a # mine\n~group/b\ngroup/gone # x\nhandshake/hello # slow\ngroup/c # repaired",
  );
  const results = [
    failedResult(a, "known"),
    sampleResult("passed", { check: b }),
    sampleResult("passed", { check: sampleCheck("group/c") }),
  ];
  const known = KnownFailures.parse(knownText(sampleReport(results), before));
  expect(known.get("group/a")?.reason).toBe("mine");
  expect(known.get("group/b")?.flaky).toBe(true);
  expect(known.get("handshake/hello")?.reason).toBe("slow");
  expect(known.get("group/c")).toBeUndefined();
  expect(known.get("group/gone")).toBeUndefined();
});

test("nothing is written for an incomplete run", () => {
  const incomplete = "known failures were not written: the run is incomplete";
  const reports = [
    sampleReport([failedResult(a)], { stopped: "interrupted" }),
    sampleReport([failedResult(a)], { notStarted: "x" }),
    sampleReport([failedResult(a), sampleResult("not run")]),
    sampleReport([failedResult(a), sampleResult("error")]),
  ];
  for (const report of reports) expect(() => knownText(report)).toThrow(incomplete);
});

test("a check that fails in some runs only is flaky; one that fails in all keeps its entry", () => {
  const run = (...verdicts: ("passed" | "failed" | "known")[]) =>
    sampleReport(
      verdicts.map((verdict, index) => {
        const check = [a, b, sampleCheck("group/c"), sampleCheck("group/d")][index] ?? a;
        return verdict === "passed" ? sampleResult("passed", { check }) : failedResult(check, verdict);
      }),
    );
  const before = KnownFailures.parse("group/b # mine\ngroup/d # repaired");
  const runs = [
    run("passed", "known", "failed", "passed"),
    run("failed", "passed", "failed", "passed"),
    run("passed", "known", "failed", "passed"),
  ];
  const known = KnownFailures.parse(knownText(runs, before));
  expect(known.get("group/a")).toMatchObject({
    flaky: true,
    reason: "nothing; the program is still running",
  });
  expect(known.get("group/b")).toMatchObject({ flaky: true, reason: "mine" });
  expect(known.get("group/c")).toMatchObject({ flaky: false });
  expect(known.get("group/d")).toBeUndefined();
});

test("nothing is written if one of several runs is incomplete", () => {
  const runs = [sampleReport([failedResult(a)]), sampleReport([failedResult(a)], { stopped: "interrupted" })];
  expect(() => knownText(runs)).toThrow("incomplete");
});

test("a check that was not run because of another failure needs no entry, and keeps an existing one", () => {
  const blocked = [a, b].map((check) =>
    sampleResult("not run", { check, blocked: true, remark: "see group/c" }),
  );
  const results = [...blocked, failedResult(sampleCheck("group/c"))];
  const known = KnownFailures.parse(knownText(sampleReport(results), KnownFailures.parse("group/b # mine")));
  expect(known.get("group/a")).toBeUndefined();
  expect(known.get("group/b")?.reason).toBe("mine");
  expect(known.get("group/c")).toBeDefined();
});

test("a reason contains no temporary path", () => {
  const sandbox = "/tmp/cacheprogw-check-a1B2c3";
  const at = (actual: string) => ({ ...failedResult(a), actual, sandbox });
  const reason = (actual: string) =>
    KnownFailures.parse(knownText(sampleReport([at(actual)]))).get("group/a")?.reason;
  expect(reason(`no file at ${sandbox}/dir/ab/cd-d, nor in ${sandbox}/home`)).toBe(
    "no file at {dir}/ab/cd-d, nor in {sandbox}/home",
  );
  expect(reason('"/dev/shm/cacheprogw-Xy12Za/x" is gone')).toBe('"{elsewhere}/x" is gone');
  const long = `${sandbox}/dir/${"x".repeat(200)}`;
  expect(reason(long)).toBe(`{dir}/${"x".repeat(114)}`);
});
