import { describe, expect, test } from "bun:test";
import { type Comparison, programReport, ratiosOf } from "../../../src/bench/report.ts";
import { csvReport } from "../../../src/bench/reports/csv.ts";
import { jsonReport } from "../../../src/bench/reports/json.ts";
import { markdownReport } from "../../../src/bench/reports/markdown.ts";
import { textReport } from "../../../src/bench/reports/text.ts";
import { warningsOf } from "../../../src/bench/warnings.ts";
import { rate, run, sampleReport, tallyOf, whole } from "../sample.ts";

const words = () => ["program"];
const report = sampleReport([[100, 120, 90]]);

test("a figure is the median of its runs; latency and CPU are over all calls", () => {
  const [result] = report.programs[0]?.results ?? [];
  expect(result).toMatchObject({ calls: 310, ofLimit: 0.1, memory: 2 ** 20, problem: undefined });
  expect(result?.speed).toMatchObject({ median: 100, min: 90, max: 120, spread: 0.3 });
  expect(result?.cpuPerCall).toBeCloseTo(0.1, 10);
  expect(result?.bandwidth).toBeUndefined();
  expect(result?.latency.max).toBeCloseTo(1_000 / 90, 10);
});

test("bandwidth is the bytes put per second; usage that the system doesn't report is undefined", () => {
  const limit = tallyOf([]);
  const tally = tallyOf([run(10, { bytes: 5e6, cpu: undefined, memory: undefined, elapsed: 500 })]);
  const [result] = programReport({ name: "x", words }, tally, limit).results;
  expect(result).toMatchObject({
    bandwidth: 1e7,
    cpuPerCall: undefined,
    memory: undefined,
    ofLimit: undefined,
  });
});

test("times are compared as speeds: half the time is twice as fast, however many calls there were", () => {
  const fast = tallyOf([run(20, { elapsed: 500 }), run(20, { elapsed: 250 })], whole);
  const slow = tallyOf([run(10, { elapsed: 1_000 }), run(10, { elapsed: 1_000 })], whole);
  expect(ratiosOf(fast, slow)).toMatchObject([{ ratio: { median: 3, min: 2, max: 4, runs: [2, 4] } }]);
});

test("runs are compared round by round, so a slow round of both doesn't matter", () => {
  const [one, two] = [tallyOf([run(100), run(10)]), tallyOf([run(50), run(5), run(1)])];
  expect(ratiosOf(one, two)).toMatchObject([{ ratio: { median: 2, min: 2, max: 2, runs: [2, 2] } }]);
  expect(ratiosOf(one, tallyOf([]))).toEqual([]);
});

describe("the text", () => {
  test("has a line of at most 80 columns for each figure, and the failures", () => {
    const tally = tallyOf([]);
    tally.fail(rate, "it died;\nit said: oops");
    const failed = { ...report, programs: [programReport({ name: "x", words }, tally, tally)] };
    expect(textReport(failed)).toBe(
      "3 rounds of 1.00 s per figure · linux x64 · 4 × a processor\n\nx\n\n  get-miss/1 failed: it died;\n    it said: oops\n",
    );
    expect(textReport(report)).toContain(
      [
        "              median  spread  MB/s     CPU  memory  of limit",
        "  get-miss/1   100/s    30 %     –  100 µs   1 MiB      10 %",
        "",
        "                  p50      p90      p99      max    n",
        "  get-miss/1  10.0 ms  11.1 ms  11.1 ms  11.1 ms  310",
      ].join("\n"),
    );
  });
});

const comparison: Comparison = {
  id: "get-miss/1",
  to: "program",
  factor: 0.75,
  low: 0.5,
  high: Number.POSITIVE_INFINITY,
  verdict: "slower",
  allowed: null,
};

test("the Markdown has the conclusion first, then comparisons, figures and notes", () => {
  const compared = sampleReport([[90], [100]]);
  const named = { ...compared, programs: compared.programs.map((each) => ({ ...each, name: "@a | b" })) };
  const markdown = markdownReport(named, { warnings: ["#1"], comparisons: [comparison], most: 0.1 });
  expect(markdown).toBe(`\
### cacheprogw bench

Undecided, may be slower by more than 10 %: get-miss/1. Stop other programs, or measure longer: name fewer figures, or raise --budget.

| \`@a \\| b\`, compared with \`@a \\| b\` | median | interval |  |
| --- | ---: | ---: | --- |
| \`get-miss/1\` | 0.75× |  | ❔ slower, but may be too slow |

| \`@a \\| b\` | median | spread | MB/s | p50 | p99 | memory |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
| \`get-miss/1\` | 90/s |  |  | 11.1 ms |  | 1 MiB |

| \`@a \\| b\` | median | spread | MB/s | p50 | p99 | memory |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
| \`get-miss/1\` | 100/s |  |  | 10.0 ms | 10.0 ms | 1 MiB |

1 round on linux x64, 4 × \`a processor\`

- \`#1\`
`);
  const worse = { ...comparison, allowed: false };
  expect(markdownReport(compared, { warnings: [], comparisons: [worse], most: 0.1 })).toContain(
    "Slower by more than 10 %: get-miss/1\n\n",
  );
});

test("the CSV has one line for each figure, quoted as needed", () => {
  const named = { ...report, programs: report.programs.map((each) => ({ ...each, name: 'a, "b"' })) };
  const [head, line, limit, end] = csvReport(named, [comparison]).split("\r\n");
  expect(head).toStartWith("program,figure,runs,calls,per_second,");
  expect(line).toStartWith('"a, ""b""",get-miss/1,3,310,100,90,120,');
  expect(limit).toStartWith("nothing,get-miss/1,3,3000,1000,1000,1000,");
  expect(end).toBe("");
  expect(limit?.split(",")).toHaveLength(head?.split(",").length ?? 0);
  expect(head).toEndWith(
    ",to_program_factor,to_program_low,to_program_high,to_program_verdict,to_program_allowed",
  );
  expect(line).toEndWith(",,,,,,0.75,0.5,,slower,unknown");
  expect(limit).toEndWith(",,,,,,,,,");
});

test("the JSON has null for unknown values, and survives serialization", () => {
  const value = jsonReport(sampleReport([[5]]), { warnings: ["w"], comparisons: [comparison] });
  expect(JSON.parse(JSON.stringify(value))).toMatchObject({
    format: "cacheprogw bench",
    version: 1,
    machine: { processors: 4, load: 0 },
    programs: [
      {
        name: "program 0",
        command: ["program"],
        figures: [
          {
            id: "get-miss/1",
            shows: "rate",
            speed: { median: 5, min: 5, max: 5, spread: 0, runs: [5] },
            latency: { p90: null, p99: null, max: 200 },
            bandwidth: null,
            ofLimit: 0.005,
          },
        ],
      },
    ],
    limit: { name: "nothing" },
    changes: [
      {
        id: "get-miss/1",
        to: "program",
        change: -0.25,
        low: -0.5,
        high: null,
        verdict: "slower",
        allowed: null,
      },
    ],
    warnings: ["w"],
  });
});

describe("warnings", () => {
  const steady = sampleReport([[100, 101, 102]]);

  test("there are none if all is well", () => {
    expect(warningsOf(steady)).toEqual([]);
  });

  test.each([
    [
      "a busy machine",
      { ...steady, load: 2.1 },
      "the machine was busy before the run (load 2.1 on 4 processors)",
    ],
    [
      "one processor",
      { ...steady, machine: { ...steady.machine, processors: 1 } },
      "this machine has one processor",
    ],
    ["one run", sampleReport([[100]]), "one round is too few"],
    ["two runs", sampleReport([[100, 100]]), "2 rounds are too few"],
    ["an early end", { ...steady, planned: 5 }, "the time was up after 3 of 5 rounds"],
    ["runs that differ", sampleReport([[100, 121, 100]]), "get-miss/1: the runs differ by more than 20 %"],
    ["few calls", sampleReport([[6, 6, 6]]), "get-miss/1: fewer than 20 calls"],
    [
      "the client's limit",
      sampleReport([[900, 900, 900]]),
      "get-miss/1: this is close to the limit of the client",
    ],
    [
      "one of two programs",
      sampleReport([
        [100, 100, 100],
        [100, 150, 100],
      ]),
      "get-miss/1 of program 1: the runs differ",
    ],
  ])("%s gets a warning, and nothing else does", (_, each, expected) => {
    expect(warningsOf(each)).toEqual([expect.stringContaining(expected)]);
  });

  test("a baseline from another machine, or without a figure, gets a warning", () => {
    const baseline = { machine: { ...steady.machine, bun: "1.3.0" }, figures: new Map() };
    expect(warningsOf(steady, baseline)).toEqual([
      "the baseline is from another machine (bun 1.3.0, now 1.4.5); save a new one here",
      "the baseline doesn't have get-miss/1; save a new one that does",
    ]);
  });
});
