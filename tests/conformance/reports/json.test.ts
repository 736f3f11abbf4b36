import { expect, test } from "bun:test";
import { formats } from "../../../src/conformance/reports/formats.ts";
import { everyVerdict, sampleReport, staleEntry } from "../sample.ts";

/** The shape of a value: the name of a type, `T[]`, `a|b`, a literal in quotes, or an object of shapes. */
type Shape = string | { readonly [field: string]: Shape } | readonly [Shape];

const strings: Shape = ["string"];
const result: Shape = {
  id: "string",
  level: "'must'|'should'|'info'",
  requirement: "string",
  source: "string",
  link: "string|null",
  quote: "string|null",
  confirmedBy: "string|null",
  go: { outcome: "'fatal'|'hang'|'rebuilds'|'wrong result'|'slow'|'nothing'", text: "string" },
  needs: strings,
  slow: "boolean",
  verdict: "'passed'|'failed'|'known'|'flaky'|'info'|'not applicable'|'not run'|'error'",
  unreached: "boolean",
  blocked: "boolean",
  see: strings,
  duration: "number",
  remark: "string|null",
  expected: "string|null",
  actual: "string|null",
  process: "number|null",
  processes: "number|null",
  wire: strings,
  stderr: strings,
  kept: "string|null",
  rerun: "string",
};
/** The shape of version 1. Removing a field, or changing its meaning, needs a new version. */
const version1: Shape = {
  version: "number",
  command: strings,
  dialect: "string",
  strict: "boolean",
  outcome: "'passed'|'failed'|'incomplete'|'not started'|'error'",
  counts: {
    passed: "number",
    failed: "number",
    warning: "number",
    known: "number",
    flaky: "number",
    info: "number",
    "not applicable": "number",
    "not run": "number",
    blocked: "number",
    unreached: "number",
    error: "number",
    stale: "number",
  },
  notStarted: "string|null",
  stderr: strings,
  stopped: "'interrupted'|'timeout'|'fail-fast'|null",
  lacking: strings,
  stale: strings,
  staleEntries: [{ id: "string", file: "string|null", line: "number" }],
  duration: "number",
  results: [result],
};

/** The paths at which a value doesn't have its shape. */
function misfits(value: unknown, shape: Shape, path = "$"): string[] {
  if (typeof shape === "string") {
    const kinds = shape.split("|");
    const kind = value === null ? "null" : typeof value;
    return kinds.includes(kind) || kinds.includes(`'${value}'`)
      ? []
      : [`${path} is ${Bun.inspect(value)}, no ${shape}`];
  }
  if (isList(shape)) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((item, index) => misfits(item, shape[0], `${path}[${index}]`));
  }
  if (typeof value !== "object" || value === null) return [`${path} is no object`];
  const fields = new Map<string, unknown>(Object.entries(value));
  const extra = [...fields.keys()].filter((name) => !Object.hasOwn(shape, name));
  return [
    ...extra.map((name) => `${path}.${name} is not in the shape`),
    ...Object.entries(shape).flatMap(([name, of]) => misfits(fields.get(name), of, `${path}.${name}`)),
  ];
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}

test("the JSON of every kind of report has the shape of version 1", () => {
  const results = everyVerdict();
  const reports = [
    sampleReport(results),
    sampleReport([], { notStarted: "it is gone", stderr: ["a"] }),
    sampleReport(results, { stopped: "interrupted", stale: [staleEntry("x passes now")], strict: true }),
  ];
  for (const report of reports) {
    const value: unknown = JSON.parse(formats.json(report));
    expect(misfits(value, version1)).toEqual([]);
    expect(value).toHaveProperty("version", 1);
  }
});

test("the JSON of a result has its check, its finding and its rerun command", () => {
  const { results } = JSON.parse(formats.json(sampleReport(everyVerdict())));
  expect(results[1]).toMatchObject({
    id: "group/failed",
    level: "must",
    link: "https://github.com/golang/go/blob/release-branch.go1.24/src/cmd/go/internal/cache/prog.go",
    go: { outcome: "hang" },
    verdict: "failed",
    duration: 5_004,
    actual: "nothing; the program is still running",
    stderr: ["cannot open <store> & co"],
    rerun: "cacheprogw check group/failed -- ./prog",
  });
});
