import { expect, test } from "bun:test";
import { repeatFor } from "../../../src/conformance/conversation/timing.ts";

test("repeatFor runs at least five times, and returns how often", async () => {
  const seen: number[] = [];
  const times = await repeatFor(0, async (round) => {
    seen.push(round);
  });
  expect(seen).toEqual([0, 1, 2, 3, 4]);
  expect(times).toBe(5);
});

test("repeatFor runs until the time is over, and stops at an error", async () => {
  let round = 0;
  const running = repeatFor(60_000, async () => {
    if (++round === 50) throw new Error("found");
  });
  await expect(running).rejects.toThrow("found");
  expect(round).toBe(50);
});
