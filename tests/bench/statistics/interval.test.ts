import { expect, test } from "bun:test";
import { medianInterval, ratioInterval } from "../../../src/bench/statistics/interval.ts";

const ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

// Of ten runs, at most one lies below the median in 11 of 1,024 cases, at most two in 56.
test.each([
  [[], 0.05, [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]],
  [[1, 2, 3, 4], 0.05, [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]],
  [[5, 1, 2, 4, 3], 0.05, [1, 5]],
  [ten, 1 / 1_024 - 1e-9, [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]],
  [ten, 1 / 1_024 + 1e-9, [1, 10]],
  [ten, 11 / 1_024 + 1e-9, [2, 9]],
  [ten, 56 / 1_024 - 1e-9, [2, 9]],
  [ten, 56 / 1_024 + 1e-9, [3, 8]],
])(
  "the interval of the median of %j, with a doubt of %p on either side, is %j",
  (runs, doubt, [low, high]) => {
    expect(medianInterval(runs, doubt)).toEqual({ low: low ?? 0, high: high ?? 0 });
  },
);

test("many runs don't underflow, and give a narrow interval", () => {
  const runs = Array.from({ length: 10_000 }, (_, index) => index);
  const { low, high } = medianInterval(runs, 0.02);
  // Half of them minus two standard deviations of sqrt(n) / 2: 4,897.
  expect(low).toBeWithin(4_890, 4_900);
  expect(high).toBe(9_999 - low);
});

test("from two samples, as many pairs are dropped as chance could put on the wrong side", () => {
  // Of 252 ways to mix five and five, one has no pair on the wrong side, and one has exactly one.
  const [one, two] = [
    [2, 4, 6, 8, 10],
    [1, 1, 1, 1, 1],
  ];
  const between = (doubt: number) => {
    const { low, high } = ratioInterval(one, two, doubt);
    return [low, high];
  };
  expect(between(1 / 252 - 1e-9)).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  expect(between(1 / 252 + 1e-9)).toEqual([2, 10]);
  expect(ratioInterval([6, 8], [2], 0.1).median).toBe(3.5);
  expect(ratioInterval([6], [2], 0.1).median).toBe(3);
  expect(ratioInterval([], [2], 0.1).median).toBeUndefined();
});

test("the chances of two samples are those of Mann and Whitney's table", () => {
  // One-sided, at 2.5 %: the greatest U that is still significant is 2 for 5 and 5, 23 for 10 and 10, 7 for 5 and 9.
  for (const [n, m, critical] of [
    [5, 5, 2],
    [10, 10, 23],
    [5, 9, 7],
  ] as const) {
    const ratios = ratioInterval(
      Array.from({ length: n }, (_, index) => 1_000 + index * m),
      Array.from({ length: m }, (_, index) => 1 / (1_000 + index)),
      0.025,
    );
    const all = Array.from({ length: n }, (_, i) =>
      Array.from({ length: m }, (_unused, j) => (1_000 + i * m) / (1 / (1_000 + j))),
    )
      .flat()
      .sort((a, b) => a - b);
    expect(ratios.low).toBe(all[critical] ?? Number.NaN);
  }
});
