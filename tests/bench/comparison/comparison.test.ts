import { expect, test } from "bun:test";
import { parseBaseline } from "../../../src/bench/comparison/baseline.ts";
import { comparisonsOf } from "../../../src/bench/comparison/comparison.ts";
import type { Comparison } from "../../../src/bench/report.ts";
import { programReport } from "../../../src/bench/report.ts";
import { jsonReport } from "../../../src/bench/reports/json.ts";
import { conclusion, textComparisons } from "../../../src/bench/reports/text.ts";
import { summary } from "../../../src/bench/statistics/summary.ts";
import { rate, run, sampleReport, tallyOf } from "../sample.ts";

const empty = sampleReport([]);

/** Compares a program with one that made a hundred calls per second in every round. */
function against(rounds: readonly number[], most?: number): Comparison | undefined {
  const ratio = summary(rounds.map((each) => each / 100));
  if (ratio === undefined) throw new Error("there are rounds");
  return comparisonsOf({ ...empty, ratios: [{ figure: rate, ratio }] }, undefined, most)[0];
}

const eight = (speed: number) => Array<number>(8).fill(speed);

test.each([
  [eight(120), "faster"],
  [eight(80), "slower"],
  [[...eight(120), 90], "faster"], // one of nine
  [[...eight(120), 90, 90], "no difference"],
  [[120, 120, 120, 120, 120], "too few rounds"], // five agree once in 32 cases
  [[120, 120, 120, 120, 120, 120], "faster"],
  [[120, 120, 120, 120, 120, 90], "no difference"],
] as const)("%j calls per second against a hundred is: %s", (rounds, verdict) => {
  expect(against(rounds)?.verdict).toBe(verdict);
});

test.each([
  [eight(80), false],
  [eight(89.9), false],
  [eight(90), true], // exactly at the limit
  [eight(95), true], // slower beyond doubt, and allowed
  [eight(100), true],
  [[80, 80, 80, 80, 80, 80, 80], null], // seven agree once in 128 cases
  [[70, 80, 100, 120, 130, 90, 85, 100], null],
  [[...eight(80), 200], null],
  [[80], null],
  [[200], null],
] as const)("%j calls per second against a hundred, allowed by --max-regress 10%%: %p", (rounds, allowed) => {
  expect(against(rounds, 0.1)?.allowed).toBe(allowed);
});

test("exactly at the limit is allowed, in spite of binary fractions", () => {
  expect(1 - 0.18).toBeGreaterThan(0.82);
  expect(against(eight(82), 0.18)?.allowed).toBe(true);
});

test("a figure without a clear difference is never too slow", () => {
  let seed = 1;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const seen = new Set<string>();
  for (let count = 0; count < 2_000; count++) {
    const rounds = Array.from(
      { length: 1 + Math.floor(random() * 30) },
      () => 100 * 2 ** (random() * 2 - 1.3),
    );
    const comparison = against(rounds, 0.1);
    if (comparison?.allowed === false) expect(comparison.verdict).toBe("slower");
    seen.add(`${comparison?.allowed} ${comparison?.verdict}`);
  }
  expect(seen.size).toBeGreaterThan(4);
});

/** What --save writes for a program and the no-op program. */
function saved(speeds: readonly number[], limits?: readonly number[]): string {
  const report = withLimit(speeds, limits);
  return JSON.stringify(jsonReport(report, { warnings: [], comparisons: [] }));
}

function withLimit(speeds: readonly number[], limits: readonly number[] = speeds.map(() => 1_000)) {
  const limit = tallyOf(limits.map((calls) => run(calls)));
  const report = sampleReport([speeds]);
  return { ...report, limit: programReport({ name: "nothing", words: () => [] }, limit, limit) };
}

test("a difference from the baseline that the share of the limit doesn't show isn't reported: the machine was faster", () => {
  const before = parseBaseline(saved(eight(100), eight(1_000)));
  const [slowMachine] = comparisonsOf(withLimit(eight(50), eight(500)), before, 0.1);
  expect(slowMachine).toMatchObject({ to: "baseline", factor: 0.5, verdict: "no difference", allowed: null });
  // A program that is busy anyway suffers less from load than the no-op program.
  const [underLoad] = comparisonsOf(withLimit(eight(60), eight(100)), before, 0.1);
  expect(underLoad).toMatchObject({ factor: 0.6, verdict: "no difference", allowed: null });
  const [same] = comparisonsOf(withLimit(eight(100), eight(1_000)), before, 0.1);
  expect(same).toMatchObject({ factor: 1, verdict: "no difference", allowed: true });
  const [slowProgram] = comparisonsOf(withLimit(eight(80), eight(1_000)), before, 0.1);
  expect(slowProgram).toMatchObject({ factor: expect.closeTo(0.8, 10), verdict: "slower", allowed: false });
});

test("a baseline without a known limit is compared by speed alone", () => {
  const bare = JSON.parse(saved(eight(100)));
  const before = parseBaseline(JSON.stringify({ ...bare, limit: undefined }));
  expect(comparisonsOf(withLimit(eight(80), eight(10)), before, 0.1)).toMatchObject([
    { factor: 0.8, allowed: false },
  ]);
});

test("a baseline of few rounds gives no verdict, and a figure missing on either side no comparison", () => {
  expect(comparisonsOf(withLimit([50]), parseBaseline(saved([100])), 0.1)).toMatchObject([
    { factor: 0.5, verdict: "too few rounds", allowed: null },
  ]);
  expect(comparisonsOf(withLimit([85]), parseBaseline(saved([])), 0.1)).toEqual([]);
  expect(comparisonsOf(withLimit([]), parseBaseline(saved([100])), 0.1)).toEqual([]);
});

const sample = (id: string, to: Comparison["to"], factor: number, rest: Partial<Comparison>): Comparison => ({
  id,
  to,
  factor,
  low: factor - 0.05,
  high: factor + 0.05,
  verdict: "no difference",
  allowed: undefined,
  ...rest,
});

test("the text has the comparison of each figure, then what is too slow and what is undecided", () => {
  const comparisons = [
    sample("put/0B", "baseline", 0.75, { verdict: "slower", allowed: false }),
    sample("put/1MiB", "baseline", 1.125, { verdict: "faster", allowed: true }),
    sample("put/0B", "program", 0.95, { allowed: null }),
    sample("put/1MiB", "program", 1, {
      verdict: "too few rounds",
      low: Number.NEGATIVE_INFINITY,
      high: Number.POSITIVE_INFINITY,
      allowed: null,
    }),
  ];
  expect(textComparisons(sampleReport([[1], [1]]), comparisons, 0.1)).toBe(`
Speed compared with the baseline (above 1: faster)

            median      interval
  put/0B     0.75×  0.70 to 0.80  slower than allowed
  put/1MiB   1.13×  1.07 to 1.18  faster

Speed of program 0
compared with program 1 (above 1: faster)

            median      interval
  put/0B     0.95×  0.90 to 1.00  no clear difference, but may be too slow
  put/1MiB   1.00×             –  too few rounds to tell

Slower by more than 10 %: put/0B
Undecided, may be slower by more than 10 %: put/0B, put/1MiB. Stop other programs, or measure longer: name fewer figures, or raise --budget.
`);
  expect(conclusion([], 0.1)).toBe("No figure is slower by more than 10 %.");
  expect(textComparisons(sampleReport([]), [], undefined)).toBe("");
});
