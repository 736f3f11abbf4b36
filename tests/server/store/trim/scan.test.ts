import { afterAll, expect, spyOn, test } from "bun:test";
import { rmSync, utimesSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DiskStore } from "../../../../src/server/index.ts";
import type { PlaceCount } from "../../../../src/server/store/trim/count-place.ts";
import { CountingThreads } from "../../../../src/server/store/trim/counting-threads.ts";
import { placeCount } from "../../../../src/server/store/trim/places.ts";
import { type ScanOptions, scan } from "../../../../src/server/store/trim/scan.ts";
import { reason } from "../../../../src/trouble.ts";
import { openFiles } from "../../../client/guard.ts";
import { bodyOf } from "../../client-bytes.ts";
import { TempDirectory } from "../../temp-directory.ts";
import { day, entryPath, secondsAgo } from "./aged-store.ts";

const threadFile = resolve(import.meta.dir, "../../../../src/server/store/trim/count-thread.ts");
const perPlace = 150;

const directory = new TempDirectory();
afterAll(() => directory[Symbol.dispose]());
fill(DiskStore.open(directory.path));

/** Many entries in the first place, so that a scan starts threads, and some in others. */
function fill(store: DiskStore): void {
  for (let index = 0; index < 2 * perPlace; index++) {
    const id = Buffer.alloc(32);
    id.writeUInt32BE(index, 4);
    id[0] = index < perPlace ? 0 : index % placeCount;
    const { diskPath } = store.putBytes(id, bodyOf(10, index % 200));
    if (index % 10 === 0) utimesSync(diskPath, secondsAgo(index * day), secondsAgo(index * day));
    if (index % 50 === 1) rmSync(entryPath(store.directory, id.toHex()));
    if (index % 50 === 2) writeFileSync(entryPath(store.directory, id.toHex()), "damaged");
  }
}

/** What a scan of the store has found. */
async function counted(options: ScanOptions) {
  const { inventory, problem } = await scan(directory.path, options);
  const words = Array.from({ length: placeCount }, (_, place) => inventory.usedSince(2, place));
  const unused = inventory.between(0, 1);
  const { apparentBytes, entries, entryBytes, hasDamaged, total } = inventory;
  return { problem, apparentBytes, entries, entryBytes, hasDamaged, total, unused, words };
}

test("a large store is counted in threads, with the same result", async () => {
  const parts: number[] = [];
  const alone = await counted({});
  const threads = spyOn(CountingThreads.prototype, "count");
  const together = await counted({ threadFile, onProgress: (part) => parts.push(part) });
  expect(threads).toHaveBeenCalledTimes(1);
  threads.mockRestore();
  expect(together).toEqual(alone);
  expect([alone.problem, alone.hasDamaged, alone.entries]).toEqual([undefined, true, 2 * perPlace - 6]);
  expect(parts).toEqual(Array.from({ length: placeCount }, (_, place) => (place + 1) / placeCount));
});

test("threads count each place once", async () => {
  using threads = new CountingThreads(threadFile, 3);
  const counts: PlaceCount[] = [];
  await threads.count(directory.path, [0, 1, 2, 3, 4], (count) => counts.push(count));
  expect(counts.map(({ place }) => place).sort()).toEqual([0, 1, 2, 3, 4]);
  expect(counts.find(({ place }) => place === 0)?.words.length).toBeGreaterThan(perPlace / 2);
});

test.each([
  ["isn't there", "no-such-file.ts"],
  ["fails", "fails.ts"],
  ["ends", "ends.ts"],
])("a store is counted even if the file of its threads %s", async (_, name) => {
  using files = new TempDirectory();
  writeFileSync(join(files.path, "fails.ts"), `throw new Error("it fails");`);
  writeFileSync(join(files.path, "ends.ts"), "self.onmessage = () => process.exit(1);");
  const alone = await counted({});
  expect(await counted({ threadFile: join(files.path, name) })).toEqual(alone);
});

test("a signal stops a count in threads, and so does a callback that throws; no file is left open", async () => {
  const stop = new AbortController();
  const parts: number[] = [];
  const onProgress = (part: number) => {
    parts.push(part);
    if (part > 0.1) stop.abort(new Error("enough"));
  };
  await expect(scan(directory.path, { threadFile, signal: stop.signal, onProgress })).rejects.toThrow(
    "enough",
  );
  expect(parts.length).toBeWithin(26, 28);
  const fail = (part: number) => {
    if (part > 0.1) throw new Error("failed");
  };
  await expect(scan(directory.path, { threadFile, onProgress: fail })).rejects.toThrow("failed");
  expect(openFiles().filter((path) => path.startsWith(directory.path))).toEqual([]);
});

test("a directory that can't be listed is a problem, whoever counts it", async () => {
  // Longer than a path may be.
  const long = `${directory.path}/${"x".repeat(5000)}`;
  const { problem } = await scan(long, {});
  expect(reason(problem)).toContain("ENAMETOOLONG");
  using threads = new CountingThreads(threadFile, 1);
  const found: string[] = [];
  await threads.count(long, [0], (count) => found.push(reason(count.problem)));
  expect(found).toEqual([reason(problem)]);
});
