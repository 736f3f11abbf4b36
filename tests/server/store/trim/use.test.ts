import { expect, test } from "bun:test";
import { chmodSync, readFileSync, statSync } from "node:fs";
import { DiskStore } from "../../../../src/server/index.ts";
import { parseEntry } from "../../../../src/server/store/entry.ts";
import { action, bodyOf } from "../../client-bytes.ts";
import { putWhole } from "../../store-puts.ts";
import { TempDirectory } from "../../temp-directory.ts";
import { entryPath, hit, hour, putAgo, secondsAgo, useAgo } from "./aged-store.ts";

function usedOf(store: DiskStore, name: string): number {
  return parseEntry(readFileSync(entryPath(store.directory, action(name).toHex()), "latin1"))?.used ?? 0;
}

test("a get records its use in the entry, at most once an hour, and with it the mtime; the body isn't touched", () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const body = putWhole(store, action("a"), bodyOf(10));
  const entry = entryPath(directory.path, action("a").toHex());
  const before = statSync(body);
  for (const [ago, isRecorded] of [
    [59 * 60, false],
    [61 * 60, true],
    [100 * 24 * hour, true],
    [-59 * 60, false],
    [-2 * hour, true], // by a clock that was wrong
  ] as const) {
    useAgo(directory.path, action("a"), secondsAgo(ago));
    const inode = statSync(entry).ino;
    expect(hit(store, "a")).toMatchObject({ size: 10 });
    const used = isRecorded ? secondsAgo(0) : secondsAgo(ago);
    expect(Math.abs(usedOf(store, "a") - used)).toBeLessThan(60);
    expect(Math.abs(statSync(entry).mtimeMs / 1000 - used)).toBeLessThan(60);
    expect(statSync(entry).ino).toBe(inode);
  }
  expect(statSync(body)).toEqual(before);
});

test("a hit is served if its use can't be recorded", () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  putAgo(store, "a", bodyOf(10), 50 * hour);
  chmodSync(entryPath(directory.path, action("a").toHex()), 0o444);
  expect(hit(store, "a")).toMatchObject({ size: 10 });
});
