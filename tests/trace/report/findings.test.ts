import { expect, test } from "bun:test";
import { rules } from "../../../src/trace/report/findings/rules.ts";
import type { NamedTrace } from "../../../src/trace/report/named.ts";
import { reportOn } from "../../../src/trace/report/report.ts";
import { close, hit, made, miss, put, request, start } from "./made.ts";

function find(id: string, ...traces: readonly NamedTrace[]) {
  return reportOn(traces).findings.find((finding) => finding.id === id);
}

const many = (count: number, took: number) =>
  Array.from({ length: count }, (_, at) => hit(`build|p${at}`, { at: at * took, took }));

/** For each rule: traces that it must find, and traces in which it must find nothing. */
const cases: Record<string, { found: readonly NamedTrace[]; not: readonly (readonly NamedTrace[])[] }> = {
  "hit-not-used": {
    found: [made([hit("build|a"), put("build|a", { size: 10 })])],
    not: [
      [made([miss("build|a"), put("build|a")])],
      [made([hit("compiler|"), put("compiler|")])],
      [made([hit("test inputs|a"), put("test inputs|a")])],
      [made([hit("nameless"), put("nameless")])],
    ],
  },
  "compiler-put-again": {
    found: [made([hit("compiler|"), put("compiler|")])],
    not: [[made([miss("compiler|"), put("compiler|")])]],
  },
  "other-package": {
    found: [{ ...made([hit("build|a")]), buildIDs: new Map([["build|a", "other"]]) }],
    not: [
      [made([hit("build|a")])],
      [{ ...made([hit("build|a")]), buildIDs: new Map([["build|a", "build"]]) }],
      [{ ...made([miss("build|a")]), buildIDs: new Map([["build|a", "other"]]) }],
    ],
  },
  "two-outputs": {
    found: [made([put("build|a", { output: "x" })]), made([put("build|a", { output: "y" })])],
    not: [
      [made([miss("build|a"), put("build|a")]), made([miss("build|a"), put("build|a")])],
      [made([put("test output|a", { output: "x" })]), made([put("test output|a", { output: "y" })])],
      [made([put("build|a", { output: "x" })]), made([hit("build|a", { output: "y" })])],
      [
        made([put("build|a", { output: "x" })]),
        made([put("build|a", { output: "y" })], { start: start(["other"]) }),
      ],
    ],
  },
  "hit-other-output": {
    found: [made([put("build|a", { output: "x" })]), made([hit("build|a", { output: "y" })])],
    not: [
      [made([put("build|a")]), made([hit("build|a")])],
      [made([put("test output|a", { output: "x" })]), made([hit("test output|a", { output: "y" })])],
      [made([hit("build|a", { output: "y" })])],
    ],
  },
  "put-without-path": {
    found: [made([put("build|a", { path: "" })])],
    not: [[made([put("build|a"), miss("build|b")])]],
  },
  "never-read": {
    found: [made([put("build|a", { size: 9 })]), made([hit("build|b")])],
    not: [
      [made([put("build|a")])],
      [made([put("build|a")]), made([hit("build|a")])],
      [made([put("sources|a")]), made([hit("build|b")])],
    ],
  },
  "wrong-sha256": {
    found: [made([put("build|a", { sha256: "other" })])],
    not: [[made([put("build|a")])]],
  },
  "missed-after-put": {
    found: [made([put("build|a")]), made([miss("build|a"), put("build|a", { size: 5 })])],
    not: [
      [made([miss("build|a"), put("build|a")])],
      [made([put("build|a")]), made([miss("build|a")], { start: start(["other"]) })],
    ],
  },
  "index-mtimes": {
    found: [made([hit("build|a"), miss("index|a"), put("index|a", { size: 3 })])],
    not: [
      [made([miss("build|a"), miss("index|a")])],
      [made([hit("build|b"), miss("index|a")])],
      [made([hit("build|a"), miss("build|a"), miss("index|a")])],
      // The first time that the directory is indexed.
      [made([put("build|a")]), made([hit("build|a"), miss("index|a"), put("index|a")])],
      [made([hit("build|a"), hit("index|a")])],
    ],
  },
  "test-rerun": {
    found: [made([hit("test inputs|a"), put("test inputs|a")])],
    not: [[made([hit("test inputs|a")])], [made([miss("test inputs|a"), put("test inputs|a")])]],
  },
  errors: {
    found: [made([request("get", "error", "build|a", { error: "no space" })])],
    not: [[made([hit("build|a")])]],
  },
  lost: {
    found: [made([request("get", "lost", "build|a")], { others: [{ kind: "exit", at: 1, code: 1 }] })],
    not: [
      [made([hit("build|a")])],
      [made([request("close", "lost", "")], { others: [{ kind: "exit", at: 2_000, code: 0 }] })],
      [made([request("get", "lost", "build|a")], { others: [{ kind: "end", at: 1, of: "stdin" }] })],
      [made([request("get", "lost", "build|a")], { others: [{ kind: "signal", at: 1, name: "SIGINT" }] })],
      [made([request("get", "lost", "build|a")], { others: [] })],
    ],
  },
  cut: {
    found: [made([request("get", "lost", "build|a")], { others: [] })],
    not: [[made([request("get", "lost", "build|a")])]],
  },
  "go-ended": {
    found: [made([request("get", "lost", "build|a")], { others: [{ kind: "end", at: 1, of: "stdin" }] })],
    not: [
      [made([hit("build|a")], { others: [{ kind: "end", at: 1, of: "stdin" }] })],
      [made([request("get", "lost", "build|a")], { others: [{ kind: "exit", at: 1, code: 1 }] })],
    ],
  },
  killed: {
    found: [made([], { others: [{ kind: "exit", at: 1, signal: "SIGKILL" }] })],
    not: [
      [made([], { others: [{ kind: "exit", at: 1, code: 0 }] })],
      [
        made([], {
          others: [
            { kind: "signal", at: 1, name: "SIGINT" },
            { kind: "exit", at: 2, signal: "SIGINT" },
          ],
        }),
      ],
    ],
  },
  interrupted: {
    found: [made([], { others: [{ kind: "signal", at: 1, name: "SIGINT" }] })],
    not: [[made([])]],
  },
  "early-death": {
    found: [made([hit("build|a")], { others: [{ kind: "exit", at: 1, code: 3 }] })],
    not: [
      [made([close()], { others: [{ kind: "exit", at: 2_000, code: 0 }] })],
      [made([request("close", "lost", "")], { others: [{ kind: "end", at: 500, of: "stdout" }] })],
      [
        made([hit("build|a")], {
          others: [
            { kind: "end", at: 1, of: "stdin" },
            { kind: "exit", at: 1, code: 0 },
          ],
        }),
      ],
      [made([hit("build|a")], { others: [{ kind: "exit", at: 1, signal: "SIGKILL" }] })],
      [made([hit("build|a")])],
    ],
  },
  "no-message": {
    found: [
      made([], {
        others: [{ kind: "raw", at: 1, from: "program", bytes: "eA==", length: 1, why: "it isn't JSON" }],
      }),
    ],
    not: [
      [
        made([], {
          others: [{ kind: "raw", at: 1, from: "go", bytes: "eA==", length: 1, why: "it isn't JSON" }],
        }),
      ],
    ],
  },
  "slow-hello": {
    found: [
      made([hit("build|a", { at: 900 })], { hello: { kind: "hello", at: 800_000, commands: ["get"] } }),
    ],
    not: [[made([hit("build|a", { at: 900 })])]],
  },
  "slow-close": {
    found: [made([hit("build|a", { at: 0 }), close({ at: 100, took: 5 })], { end: 3_000_000 })],
    not: [[made([hit("build|a", { at: 0 }), close({ at: 100, took: 5 })])]],
  },
  "slow-cache": {
    found: [made(many(100, 5))],
    not: [[made(many(100, 1))], [made(many(99, 5))], [made(many(100, 5), { end: 9e6 })]],
  },
  "held-up": {
    found: [made([...many(50, 1), hit("build|large", { at: 60, took: 400 })])],
    not: [
      [made([...many(50, 1), hit("build|x", { at: 60, took: 90 })])],
      [made([...many(50, 1), hit("build|x", { at: 60, took: 400 }), hit("build|y", { at: 61, took: 390 })])],
      [made([...many(50, 1), close({ at: 60, took: 400 })])],
    ],
  },
};

test("every rule has a case here", () => {
  expect(Object.keys(cases).sort()).toEqual(rules.map(({ id }) => id).sort());
});

test.each(Object.entries(cases))("%s is found where it is, and nowhere else", (id, { found, not }) => {
  const finding = find(id, ...found);
  expect(finding).toMatchObject({ id, count: 1 });
  expect(finding?.what).toMatch(/^([A-Z0-9]|go ).*\.$/);
  for (const traces of not) expect(find(id, ...traces)).toBeUndefined();
});

test("a finding has its cost, its packages and the requests, those that cost most first", () => {
  const [small, large] = [
    { took: 2, at: 10, size: 5 },
    { took: 9, at: 20, size: 7 },
  ];
  const again = made([
    hit("build|a", { at: 0 }),
    hit("build|b", { at: 1 }),
    put("build|a", small),
    put("build|b", large),
  ]);
  expect(find("hit-not-used", again)).toMatchObject({
    level: "wrong",
    what: "2 entries were put again although they hit: its Size was wrong.",
    count: 2,
    time: 11_000,
    bytes: 12,
    packages: ["b", "a"],
    examples: [
      { process: 0, number: 3 },
      { process: 0, number: 2 },
    ],
  });
});

test.each([
  [{ path: "" }, "the response had no DiskPath"],
  [{ path: "store/x" }, "its DiskPath was relative"],
  [{ output: "" }, "its OutputID didn't have 32 bytes"],
  [{ output: "BODY of build|a" }, "its file or its OutputID was wrong"],
  [{ size: 4 }, "its Size was wrong"],
  [{}, "its file was missing, or had other content"],
])("a hit with %p that go didn't use: %s", (given, why) => {
  expect(find("hit-not-used", made([hit("build|a", given), put("build|a")]))?.what).toBe(
    `1 entry was put again although it hit: ${why}.`,
  );
});

test("a miss costs what the put after it costs, too", () => {
  const build = made([put("build|a")]);
  const later = made([miss("build|a", { at: 0, took: 2 }), put("build|a", { at: 5, took: 3, size: 8 })]);
  expect(find("missed-after-put", build, later)).toMatchObject({ time: 5_000, bytes: 8, packages: ["a"] });
});

test("the errors are shown, the most common first", () => {
  const [full, gone] = [{ error: "no space left" }, { error: "not found" }];
  const failed = made([
    request("put", "error", "build|a", gone),
    request("put", "error", "build|b", full),
    request("put", "error", "build|c", full),
  ]);
  expect(find("errors", failed)?.what).toBe(
    "3 requests were answered with an error: put: no space left; put: not found.",
  );
});

test("a test that ran again shows the variables that it reads, or that have changed", () => {
  const heads = new Map([["test inputs|a", "# test log\ngetenv HOME\ngetenv X\ngetenv HOME\nopen x\n"]]);
  const rerun = [hit("test inputs|a"), put("test inputs|a")];
  const after = (env: Record<string, string>) => {
    const { go, ...rest } = start(["my-cacheprog"]);
    return made(rerun, { heads, start: { ...rest, go: { ...go, env } } });
  };
  const said = "1 test ran again although its code is the same: ";
  expect(find("test-rerun", made(rerun, { heads }))?.what).toBe(`${said}it reads HOME, it reads X.`);
  const changed = [after({ GOFLAGS: "a" }), after({ GODEBUG: "x=1", GOFLAGS: "b" })];
  expect(reportOn(changed).findings[0]?.what).toStartWith(
    "2 tests ran again although their code is the same: ",
  );
  expect(reportOn(changed).findings[0]?.what).toContain("GODEBUG changed");
});

test("the worst findings come first", () => {
  const { findings } = reportOn([made([hit("compiler|"), put("compiler|"), request("get", "error", "x")])]);
  expect(findings.map(({ level }) => level)).toEqual(["wrong", "note"]);
});
