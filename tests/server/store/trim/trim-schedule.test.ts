import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DiskStore } from "../../../../src/server/index.ts";
import { defaultLimits } from "../../../../src/server/store/trim/limits.ts";
import { noteGrowth, noteTrim, takeTurn } from "../../../../src/server/store/trim/trim-schedule.ts";
import { action, bodyOf } from "../../client-bytes.ts";
import { putWhole } from "../../store-puts.ts";
import { TempDirectory } from "../../temp-directory.ts";
import { day, hour, secondsAgo } from "./aged-store.ts";

const limits = { ...defaultLimits, maxSize: 1000 };

test.each([
  ["a day after the last one", `v1 ${secondsAgo(day)} 5\n`, true],
  ["not sooner", `v1 ${secondsAgo(day - hour)} 5\n`, false],
  ["an hour after it if the store has grown above its limit", `v1 ${secondsAgo(hour)} 5\n+600\n+400\n`, true],
  ["not sooner, even above its limit", `v1 ${secondsAgo(hour - 60)} 2000\n`, false],
  ["if the last one is in the future", `v1 ${secondsAgo(-2 * day)} 5\n`, true],
  ["if the file is damaged", "?", true],
])("a trim is due %s", (_what, text, isDue) => {
  using directory = new TempDirectory();
  writeFileSync(join(directory.path, "trim.txt"), text);
  expect(takeTurn(directory.path, limits)).toBe(isDue);
  // Only one process gets the turn.
  expect(takeTurn(directory.path, limits)).toBe(false);
});

test("a new store has its first day, and counts what is put", () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  expect(takeTurn(store.directory, limits)).toBe(false);
  putWhole(store, action("a"), bodyOf(5000));
  putWhole(store, action("a"), bodyOf(5000));
  store.close();
  store.close();
  expect(readFileSync(join(directory.path, "trim.txt"), "latin1")).toMatch(/^v1 \d+ 0\n\+17288\n$/);
  expect(takeTurn(store.directory, limits)).toBe(false);
  noteTrim(store.directory, 7);
  noteGrowth(store.directory, 0);
  expect(readFileSync(join(directory.path, "trim.txt"), "latin1")).toMatch(/^v1 \d+ 7\n$/);
});

test("a directory that can't be written has no turn", () => {
  using directory = new TempDirectory();
  mkdirSync(join(directory.path, "trim.txt"));
  noteGrowth(directory.path, 5);
  expect(takeTurn(directory.path, limits)).toBe(false);
  expect(takeTurn(join(directory.path, "none"), limits)).toBe(false);
});
