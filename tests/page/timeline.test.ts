import { describe, expect, test } from "bun:test";
import { inLanes, levels } from "../../src/page/browser/timeline/lanes.ts";
import { around, panned, ticks, within, zoomed } from "../../src/page/browser/timeline/window.ts";

describe("lanes", () => {
  const start = Float64Array.of(0, 0, 5, 10, 12, 30);
  const end = Float64Array.of(10, 20, 7, 15, 13, 30);
  const lanes = (order: number[]) => inLanes(order, start, end).map((spans) => [...spans]);

  test("what overlaps is in different lanes; a lane is free at the time its span ends", () => {
    expect(lanes([0, 1, 2, 3, 4, 5])).toEqual([[0, 3, 5], [1], [2, 4]]);
    expect(lanes([])).toEqual([]);
  });

  test("ten thousand spans in as many lanes as there are at once", () => {
    const starts = Float64Array.from({ length: 10_000 }, (_, span) => Math.floor(span / 7) * 3);
    const ends = starts.map((start, span) => start + 1 + (span % 20));
    const found = inLanes(starts.keys(), starts, ends);
    const overlaps = found.flatMap((lane) =>
      [...lane].filter((span, at) => (ends[lane[at - 1] ?? -1] ?? 0) > (starts[span] ?? 0)),
    );
    expect(overlaps).toEqual([]);
    expect(found.reduce((sum, { length }) => sum + length, 0)).toBe(10_000);
    expect(found).toHaveLength(Math.max(...levels(starts, ends).map(({ count }) => count)));
  });

  test("levels adjoin, from 0 to the last end", () => {
    expect(levels(start, end)).toEqual([
      { from: 0, to: 5, count: 2 },
      { from: 5, to: 7, count: 3 },
      { from: 7, to: 10, count: 2 },
      { from: 10, to: 12, count: 2 },
      { from: 12, to: 13, count: 3 },
      { from: 13, to: 15, count: 2 },
      { from: 15, to: 20, count: 1 },
      { from: 20, to: 30, count: 0 },
    ]);
  });
});

describe("the window", () => {
  const all = { from: 0, to: 1_000 };

  test("zooms around its middle or a place, but not beyond all time", () => {
    expect(zoomed(all, 0.5, all)).toEqual({ from: 250, to: 750 });
    expect(zoomed(all, 0.1, all, 0)).toEqual({ from: 0, to: 100 });
    expect(zoomed({ from: 0, to: 100 }, 4, all, 50)).toEqual({ from: 0, to: 400 });
    expect(zoomed({ from: 900, to: 1_000 }, 100, all)).toEqual(all);
    const small = zoomed({ from: 500, to: 530 }, 0.01, all);
    expect(small.to - small.from).toBe(20);
  });

  test("moves, but not beyond all time", () => {
    expect(panned({ from: 100, to: 200 }, 0.5, all)).toEqual({ from: 150, to: 250 });
    expect(panned({ from: 100, to: 200 }, -5, all)).toEqual({ from: 0, to: 100 });
    expect(panned({ from: 100, to: 200 }, 50, all)).toEqual({ from: 900, to: 1_000 });
    expect(within({ from: -500, to: 5_000 }, all)).toEqual(all);
  });

  test("shows a span whole, in the middle", () => {
    expect(around({ from: 0, to: 50 }, 400, 200, all)).toEqual({ from: 200, to: 800 });
    expect(around(all, 10, 1, all)).toEqual({ from: 0, to: 50 });
  });

  test("has round ticks", () => {
    expect(ticks({ from: 0, to: 1_000 }, 5)).toEqual([0, 200, 400, 600, 800, 1_000]);
    expect(ticks({ from: 123_456, to: 123_480 }, 3)).toEqual([123_460, 123_470, 123_480]);
    expect(ticks({ from: 0, to: 3 }, 100)).toEqual([0, 1, 2, 3]);
  });
});
