import { expect, test } from "bun:test";
import { isAlive } from "../src/process-alive.ts";

test("a process is alive until it has ended, whoever it belongs to", () => {
  expect([isAlive(process.pid), isAlive(1)]).toEqual([true, true]);
  const { pid } = Bun.spawnSync(["true"]);
  expect(isAlive(pid)).toBe(false);
});
