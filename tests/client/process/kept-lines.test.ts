import { describe, expect, test } from "bun:test";
import { KeptLines } from "../../../src/client/process/kept-lines.ts";

function kept(lines: Iterable<string>): string[] {
  const keeper = new KeptLines();
  for (const line of lines) keeper.add(line);
  return keeper.all;
}

function numbered(count: number, name = "line"): string[] {
  return Array.from({ length: count }, (_, index) => `${name} ${index + 1}`);
}

describe("KeptLines", () => {
  test.each([0, 1, 10, 11, 29, 30])("keeps all of %d lines", (count) => {
    expect(kept(numbered(count))).toEqual(numbered(count));
  });

  test.each([
    [31, "… 1 line left out"],
    [32, "… 2 lines left out"],
    [100_000, "… 99970 lines left out"],
  ])("keeps the first ten and the last twenty of %d lines", (count, gap) => {
    const lines = numbered(count);
    expect(kept(lines)).toEqual([...lines.slice(0, 10), gap, ...lines.slice(-20)]);
  });

  test("keeps 500 characters of a line", () => {
    expect(kept(["a".repeat(500), "b".repeat(501)])).toEqual(["a".repeat(500), `${"b".repeat(500)}…`]);
  });

  const crashes = [
    "panic: runtime error: index out of range [5] with length 3",
    "fatal error: all goroutines are asleep - deadlock!",
    "SIGQUIT: quit",
    "Traceback (most recent call last):",
    "thread 'main' panicked at src/main.rs:2:5:",
    "thread 'main' (4711) panicked at src/main.rs:2:5:",
  ];
  test.each(crashes)("keeps the first lines of a crash: %s", (crash) => {
    const lines = [crash, ...numbered(100, "goroutine")];
    expect(kept([...numbered(5), ...lines])).toEqual([
      "… 5 lines left out",
      ...lines.slice(0, 10),
      "… 71 lines left out",
      ...lines.slice(-20),
    ]);
    expect(kept([...numbered(500), ...lines])[0]).toBe("… 500 lines left out");
  });

  test("keeps the last of several crashes, and counts the lines before it", () => {
    const [panic = "", , , traceback = ""] = crashes;
    expect(kept([...numbered(50), panic, ...numbered(50), traceback, "end"])).toEqual([
      "… 101 lines left out",
      traceback,
      "end",
    ]);
  });
});
