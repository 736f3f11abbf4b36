import { describe, expect, test } from "bun:test";
import { count, memory, size } from "../../../src/bench/reports/units.ts";
import { median, summary } from "../../../src/bench/statistics/summary.ts";
import { Latencies } from "../../../src/trace/latencies.ts";

test.each([
  [[3], 3],
  [[3, 1, 2], 2],
  [[4, 1, 3, 2], 2.5],
  [[10, 9, 100], 10],
  [[], undefined],
])("the median of %j is %p", (values, expected) => {
  expect(median(values)).toBe(expected);
});

test("a summary has the median, minimum, maximum, spread as a share of the median, and the runs in order", () => {
  const runs = [120, 100, 90];
  expect(summary(runs)).toEqual({ median: 100, min: 90, max: 120, spread: 0.3, runs: [120, 100, 90] });
  expect(runs).toEqual([120, 100, 90]);
  expect(summary([7])).toMatchObject({ median: 7, spread: 0 });
  expect(summary([])).toBeUndefined();
  expect(summary([0, 0])).toMatchObject({ spread: 0 });
});

describe("latencies", () => {
  function of(values: Iterable<number>): Latencies {
    const latencies = new Latencies();
    for (const value of values) latencies.add(value);
    return latencies;
  }

  const thousand = of(Array.from({ length: 1_000 }, (_, index) => (1_000 - index) / 10)); // 100 ms down to 0.1 ms

  test("percentiles are within half a per cent of the exact ones, and the maximum is exact", () => {
    for (const [percent, expected] of [
      [50, 50],
      [90, 90],
      [99, 99],
    ] as const) {
      const value = thousand.percentile(percent) ?? 0;
      expect(Math.abs(value / expected - 1)).toBeLessThan(0.0051);
    }
    expect(thousand.max).toBe(100);
    expect(thousand.count).toBe(1_000);
  });

  test("a percentile with too few calls beyond it is undefined", () => {
    const told = (length: number) => {
      const latencies = of(Array.from({ length }, () => 1));
      return [50, 90, 99].filter((each) => latencies.percentile(each) !== undefined);
    };
    expect([0, 1, 2, 9, 10, 99, 100].map(told)).toEqual([
      [],
      [],
      [50],
      [50],
      [50, 90],
      [50, 90],
      [50, 90, 99],
    ]);
    expect(of([]).max).toBeUndefined();
  });

  test("no percentile is outside the measured range, however short or long that was", () => {
    for (const ms of [0, 1e-9, 1e-4, 0.0123, 5, 1e7, 1e12]) {
      expect(of([ms, ms]).percentile(50)).toBe(ms);
    }
  });

  test("merged runs give the same percentiles as one run", () => {
    const even = of([2, 4, 6, 8, 10]);
    even.merge(of([1, 3, 5, 7, 9, 11]));
    const all = of([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    expect([even.count, even.max, even.percentile(50), even.percentile(90)]).toEqual([
      11,
      11,
      all.percentile(50),
      all.percentile(90),
    ]);
  });
});

test("speeds, sizes and counts are written with three digits", () => {
  expect([3.21, 7, 99.94, 12_345.6].map(count)).toEqual(["3.2", "7", "99.9", "12,346"]);
  expect([1_234_567, 45_600_000, 1.5e9].map(size)).toEqual(["1.23", "45.6", "1500"]);
  expect(memory(45 * 1024 ** 2)).toBe("45 MiB");
});
