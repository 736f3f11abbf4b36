import { expect, spyOn, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DiskStore } from "../../../../src/server/index.ts";
import { BodyFiles } from "../../../../src/server/store/body-files.ts";
import { EntryReader } from "../../../../src/server/store/trim/entry-reader.ts";
import type { Limits } from "../../../../src/server/store/trim/limits.ts";
import { TrimLock } from "../../../../src/server/store/trim/trim-lock.ts";
import { trim } from "../../../../src/server/store/trim/trimmer.ts";
import { openFiles } from "../../../client/guard.ts";
import { action, bodyOf } from "../../client-bytes.ts";
import { putWhole } from "../../store-puts.ts";
import { TempDirectory } from "../../temp-directory.ts";
import { ageAll, day, entryPath, files, found, hit, hour, putAgo, secondsAgo, useAgo } from "./aged-store.ts";

const unlimited: Limits = { maxSize: Number.POSITIVE_INFINITY, maxAge: Number.POSITIVE_INFINITY };
/** Everything that may be removed is. */
const least: Limits = { maxSize: 1, maxAge: Number.POSITIVE_INFINITY };
const names = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10"];

/** A store of ten entries: the first was used 2 days ago, the last 11. */
function tenDays(directory: string): DiskStore {
  const store = DiskStore.open(directory);
  for (const [at, name] of names.entries()) putAgo(store, name, bodyOf(40_000, at + 1), (at + 2) * day);
  return store;
}

test("a store above its size is cut to 90 % of it, least recently used first", async () => {
  using directory = new TempDirectory();
  const store = tenDays(directory.path);
  const whole = await trim(directory.path, unlimited);
  expect(whole).toMatchObject({ removed: { entries: 0, bodies: 0 }, kept: { entries: 10, bodies: 10 } });
  const each = (whole?.kept.diskBytes ?? 0) / 10;
  // Nothing goes at the limit; a byte below it, one goes to reach 90 %, and a second one for rounding.
  expect(await trim(directory.path, { ...unlimited, maxSize: each * 10 })).toMatchObject({
    removed: { entries: 0 },
  });
  const result = await trim(directory.path, { ...unlimited, maxSize: each * 10 - 1 });
  expect(result).toMatchObject({
    removed: { entries: 2, bodies: 2, diskBytes: each * 2 },
    kept: { entries: 8 },
  });
  expect(files(directory.path)).toHaveLength(16);
  expect(found(store, names)).toEqual(names.slice(0, 8));
});

test("an entry that wasn't used for longer than the age goes, and is a miss", async () => {
  using directory = new TempDirectory();
  const store = tenDays(directory.path);
  const result = await trim(directory.path, { ...unlimited, maxAge: 6.5 * day });
  expect(result).toMatchObject({
    removed: { entries: 5, bodies: 5 },
    kept: { entries: 5, bodies: 5 },
    problem: undefined,
  });
  expect(found(store, names)).toEqual(names.slice(0, 5));
  putWhole(store, action("10"), bodyOf(3));
  expect(hit(store, "10")).toMatchObject({ size: 3 });
});

test("what was put or used in the last day stays, whatever the limits say", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  putAgo(store, "used", bodyOf(10, 1), 40 * day);
  useAgo(directory.path, action("used"), secondsAgo(23 * hour));
  putWhole(store, action("put"), bodyOf(10, 2));
  putAgo(store, "old", bodyOf(10, 3), 25 * hour);
  expect(await trim(directory.path, { maxSize: 1, maxAge: 1 })).toMatchObject({
    removed: { entries: 1, bodies: 1 },
  });
  expect(found(store, ["used", "put", "old"])).toEqual(["used", "put"]);
});

test("an old entry goes even if its id is like that of one in use", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const ids = [1, 2].map((last) => Buffer.alloc(32).fill(last, 8));
  for (const [at, id] of ids.entries()) store.putBytes(id, bodyOf(10, at + 1));
  ageAll(directory.path, 40 * day);
  useAgo(directory.path, ids[0] ?? expect.unreachable(), secondsAgo(2 * day));
  expect(await trim(directory.path, { ...unlimited, maxAge: 30 * day })).toMatchObject({
    removed: { entries: 1, bodies: 1 },
    kept: { entries: 1, bodies: 1 },
  });
});

test("all removes even what was used a moment ago", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  putWhole(store, action("put"), bodyOf(10));
  expect(await trim(directory.path, "all")).toMatchObject({
    removed: { entries: 1, bodies: 1 },
    kept: { diskBytes: 0 },
  });
  expect(files(directory.path)).toEqual([]);
});

test("a body stays while an entry needs it, and goes without one after a day", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const shared = putAgo(store, "old", bodyOf(10), 50 * day);
  putAgo(store, "used", bodyOf(10), 50 * day);
  useAgo(directory.path, action("used"), secondsAgo(hour * 2));
  const orphan = putAgo(store, "orphan", bodyOf(11), 50 * day);
  const fresh = putWhole(store, action("fresh"), bodyOf(12));
  for (const name of ["orphan", "fresh"]) rmSync(entryPath(directory.path, action(name).toHex()));
  expect(await trim(directory.path, { ...unlimited, maxAge: 30 * day })).toMatchObject({
    removed: { entries: 1, bodies: 1 },
  });
  expect([shared, orphan, fresh].map((path) => existsSync(path))).toEqual([true, false, true]);
  expect(found(store, ["old", "used"])).toEqual(["used"]);
});

test("nothing that isn't the store's is removed, and no link is followed", async () => {
  using directory = new TempDirectory();
  using outside = new TempDirectory();
  const store = tenDays(directory.path);
  const inside = tenDays(outside.path);
  const hex = action("1").toHex();
  const place = dirname(entryPath(directory.path, hex));
  const foreign = [
    join(directory.path, "notes"),
    join(place, "notes"),
    join(place, `${hex}-a.aside-${crypto.randomUUID()}`),
    join(place, `${hex.startsWith("ff") ? "00" : "ff"}${hex.slice(2)}-d`), // in the directory of other ids
    join(place, `${hex}-x`),
  ];
  for (const path of foreign) writeFileSync(path, "mine");
  mkdirSync(join(place, `${hex.slice(0, 2)}${"0".repeat(62)}-a`));
  mkdirSync(join(place, `${hex.slice(0, 2)}${"1".repeat(62)}-d`));
  const target = entryPath(outside.path, hex);
  symlinkSync(target, join(place, `${hex.slice(0, 2)}${"2".repeat(62)}-a`));
  symlinkSync(target, join(place, `${hex.slice(0, 2)}${"3".repeat(62)}-d`));
  const free = ["ee", "dd", "cc"].find((name) => !existsSync(join(directory.path, name))) ?? "";
  symlinkSync(outside.path, join(directory.path, free));
  for (const path of foreign) utimesSync(path, 1, 1);
  await trim(directory.path, unlimited); // so that trim.txt is there
  const before = readdirSync(directory.path, { recursive: true }).length;
  expect(await trim(directory.path, least)).toMatchObject({
    removed: { entries: 10, bodies: 10 },
    problem: undefined,
  });
  expect(await trim(directory.path, "all")).toMatchObject({ removed: { entries: 0, bodies: 0 } });
  expect(readdirSync(directory.path, { recursive: true })).toHaveLength(before - 20);
  for (const path of foreign) expect(readFileSync(path, "utf8")).toBe("mine");
  expect(found(inside, names)).toEqual(names);
  expect(found(store, names)).toEqual([]);
});

test("a damaged entry goes by the time of its file, and a use in the far future goes first", async () => {
  using directory = new TempDirectory();
  const store = tenDays(directory.path);
  const [damaged, fresh] = ["1", "2"].map((name) => entryPath(directory.path, action(name).toHex()));
  writeFileSync(damaged ?? "", "damaged");
  utimesSync(damaged ?? "", secondsAgo(40 * day), secondsAgo(40 * day));
  writeFileSync(fresh ?? "", "damaged");
  useAgo(directory.path, action("3"), secondsAgo(-400 * day));
  const result = await trim(directory.path, { ...unlimited, maxAge: 30 * day });
  // The bodies of 1 and 2 are needed by no entry.
  expect(result).toMatchObject({ removed: { entries: 2, bodies: 3 }, problem: undefined });
  expect(found(store, names)).toEqual(names.slice(3));
  expect([damaged, fresh].map((path) => existsSync(path ?? ""))).toEqual([false, true]);
});

test.skipIf(process.getuid?.() === 0 && Bun.which("setpriv") === null)(
  "if an entry can't be read, no body is removed, since it may need any (needs setpriv as root)",
  async () => {
    using directory = new TempDirectory();
    tenDays(directory.path);
    const entry = entryPath(directory.path, action("1").toHex());
    rmSync(entryPath(directory.path, action("10").toHex()));
    const isRoot = process.getuid?.() === 0;
    chmodSync(entry, 0);
    if (isRoot) Bun.spawnSync(["chown", "-R", "54321", directory.path]);
    if (isRoot) Bun.spawnSync(["chown", "0", entry]);
    const script = `const { trim } = await import(${JSON.stringify(resolve(import.meta.dir, "../../../../src/server/store/trim/trimmer.ts"))});
      const { removed, problem } = await trim(${JSON.stringify(directory.path)}, { maxSize: 1, maxAge: Infinity });
      console.log(removed.entries, removed.bodies, problem.message);`;
    const user = isRoot ? ["setpriv", "--reuid", "54321", "--clear-groups"] : [];
    const run = Bun.spawnSync([...user, process.execPath, "-e", script], {
      cwd: "/",
      env: { ...process.env, HOME: "/tmp", BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0" },
    });
    expect(run.stderr.toString()).toBe("");
    expect(run.stdout.toString()).toBe(`8 0 ${entry} can't be read, so no body was removed\n`);
  },
);

test("an entry that is used after it was counted stays, with its body", async () => {
  using directory = new TempDirectory();
  const store = tenDays(directory.path);
  let used: unknown;
  const onProgress = (part: number) => {
    if (part > 0.33 && part < 0.34) used ??= hit(store, "10");
  };
  expect(await trim(directory.path, least, { onProgress })).toMatchObject({
    removed: { entries: 9, bodies: 9 },
  });
  expect(used).toMatchObject({ diskPath: expect.any(String) });
  expect(found(store, names)).toEqual(["10"]);
});

test("an entry that was half-written when it was counted is read again, so its body stays", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const body = putAgo(store, "a", bodyOf(10), 3 * day);
  const path = entryPath(directory.path, action("a").toHex());
  const content = readFileSync(path);
  writeFileSync(path, "half");
  const onProgress = (part: number) => {
    if (part < 0.33 || part > 0.34) return;
    writeFileSync(path, content);
    useAgo(directory.path, action("a"), secondsAgo(0));
  };
  expect(await trim(directory.path, least, { onProgress })).toMatchObject({
    removed: { entries: 0, bodies: 0 },
  });
  expect(hit(store, "a")).toMatchObject({ diskPath: body });
});

test("puts and gets don't have to wait where nothing is old", async () => {
  using directory = new TempDirectory();
  const store = tenDays(directory.path);
  putWhole(store, action("new"), bodyOf(10));
  const old = files(directory.path).filter(({ path }) => Date.now() - statSync(path).mtimeMs > day * 1000);
  const enter = spyOn(TrimLock.prototype, "enter");
  await trim(directory.path, least);
  const places = enter.mock.calls.map(([place]) => place);
  enter.mockRestore();
  const expected = ["-a", "-d"].flatMap((kind) =>
    old.filter(({ name }) => name.endsWith(kind)).map(({ name }) => Number.parseInt(name.slice(0, 2), 16)),
  );
  expect(new Set(places)).toEqual(new Set(expected));
});

test("the lock leaves a place only when all that had to go there is gone", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  for (let index = 0; index < 60; index++) {
    const id = Buffer.alloc(32, index);
    id[0] = index % 2;
    store.putBytes(id, bodyOf(10, index));
  }
  ageAll(directory.path, 3 * day);
  const left: number[] = [];
  const enter = spyOn(TrimLock.prototype, "enter").mockImplementation(() => {
    left.push(files(directory.path).length);
    return true;
  });
  await trim(directory.path, least);
  enter.mockRestore();
  expect(left.slice(0, 3)).toEqual([120, 90, 60]);
  // Then the bodies, a few in each place.
  const places = Array.from({ length: 60 }, (_, index) => outputPlace(bodyOf(10, index)));
  const counts = [...Map.groupBy(places.sort(), (place) => place).values()].map(({ length }) => length);
  expect(left.slice(2)).toEqual(counts.map((_, at) => 60 - sum(counts.slice(0, at))));
  expect(files(directory.path)).toEqual([]);
});

/** The first byte of the OutputID of a body, in hex. */
function outputPlace(body: Uint8Array): string {
  return Bun.SHA256.hash(body, "hex").slice(0, 2);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

test("a get that comes when its entry is being removed is a miss", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  putAgo(store, "a", bodyOf(10), 3 * day);
  using lock = TrimLock.take(directory.path) ?? expect.unreachable();
  lock.enter(action("a")[0] ?? 0);
  using _ = impatient();
  expect(hit(store, "a")).toBeNull();
  lock.enter((action("a")[0] ?? 0) ^ 1);
  useAgo(directory.path, action("a"), secondsAgo(3 * day));
  expect(hit(store, "a")).toMatchObject({ size: 10 });
});

/** Makes whoever waits for a trimmer give up at once, until the end of the scope. */
function impatient(): Disposable {
  let now = 0;
  const clock = spyOn(performance, "now").mockImplementation(() => (now += 1e6));
  return { [Symbol.dispose]: () => clock.mockRestore() };
}

test("an entry that is removed while a get records its use is a miss, and its body stays", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const path = putAgo(store, "a", bodyOf(10), 3 * day);
  const entry = entryPath(directory.path, action("a").toHex());
  const reader = spyOn(EntryReader.prototype, "again");
  try {
    let reads = 0;
    reader.mockImplementation(function (this: EntryReader) {
      reads++;
      // Third: between the removal of the entry and the second look at it. Only an open file shows the use now.
      if (reads === 3) reader.mockRestore();
      const isEntry = Reflect.apply(again, this, []);
      if (reads === 2) useAgo(directory.path, action("a"), secondsAgo(0)); // between the look and the removal
      return isEntry;
    });
    expect(await trim(directory.path, least)).toMatchObject({ removed: { entries: 1, bodies: 0 } });
  } finally {
    reader.mockRestore();
  }
  expect(existsSync(entry)).toBe(false);
  expect(existsSync(path)).toBe(true);
});

const { again } = EntryReader.prototype;

test("a put of a body that is there and old makes it new, so that a trim keeps it", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const path = putAgo(store, "old", bodyOf(10), 3 * day);
  const before = statSync(path);
  const onProgress = (part: number) => {
    // After the entries were looked at, right before the bodies are.
    if (part > 0.66 && part < 0.67 && hit(store, "new") === null) putWhole(store, action("new"), bodyOf(10));
  };
  expect(await trim(directory.path, least, { onProgress })).toMatchObject({
    removed: { entries: 1, bodies: 0 },
  });
  expect(found(store, ["old", "new"])).toEqual(["new"]);
  expect(statSync(path)).toMatchObject({ ino: before.ino });
  expect(Date.now() - statSync(path).mtimeMs).toBeLessThan(hour * 1000);
});

test("a put writes a body again if the one that was there is removed meanwhile", () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const path = putAgo(store, "old", bodyOf(10), 3 * day);
  const renew = spyOn(BodyFiles.prototype, "renew");
  try {
    renew.mockImplementationOnce(function (this: BodyFiles, ...args) {
      renew.mockRestore();
      const signature = this.renew(...args);
      rmSync(path);
      return signature;
    });
    expect(putWhole(store, action("new"), bodyOf(10))).toBe(path);
  } finally {
    renew.mockRestore();
  }
  expect(readFileSync(path)).toEqual(Buffer.from(bodyOf(10)));
  expect(hit(store, "new")).toMatchObject({ diskPath: path });
});

test("a put that replaces an entry keeps the body that a build was told of", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const told = putAgo(store, "a", bodyOf(10), 3 * day);
  expect(hit(store, "a")).toMatchObject({ diskPath: told });
  putWhole(store, action("a"), bodyOf(11));
  expect(await trim(directory.path, least)).toMatchObject({ removed: { bodies: 0 } });
  expect(existsSync(told)).toBe(true);
});

test("one process trims a store at a time, and the lock of a killed one is taken over", async () => {
  using directory = new TempDirectory();
  tenDays(directory.path);
  const lock = TrimLock.take(directory.path);
  expect(await trim(directory.path, least)).toBeUndefined();
  lock?.[Symbol.dispose]();
  const script = `const { trim } = await import(${JSON.stringify(resolve(import.meta.dir, "../../../../src/server/store/trim/trimmer.ts"))});
    await trim(${JSON.stringify(directory.path)}, { maxSize: 1, maxAge: Infinity },
      { onProgress: (part) => part >= Number(process.argv[1]) && process.kill(process.pid, "SIGKILL") });`;
  for (const part of [0.1, 0.34, 0.5, 0.66, 0.8]) {
    const child = Bun.spawnSync([process.execPath, "-e", script, String(part)]);
    expect(child.signalCode).toBe("SIGKILL");
    expect(lstatSync(join(directory.path, "trim.lock")).isFile()).toBe(true);
    // Every entry that is left has its body.
    const all = files(directory.path).map(({ name }) => name);
    const entries = all.filter((name) => name.endsWith("-a"));
    const bodies = new Set(all.filter((name) => name.endsWith("-d")));
    for (const name of entries) {
      const [, , output = ""] = readFileSync(entryPath(directory.path, name.slice(0, 64)), "latin1").split(
        " ",
      );
      expect(bodies).toContain(`${output}-d`);
    }
  }
  const result = await trim(directory.path, least);
  expect(result?.kept).toEqual({ entries: 0, bodies: 0, diskBytes: 0 });
  expect(files(directory.path)).toEqual([]);
  expect(existsSync(join(directory.path, "trim.lock"))).toBe(false);
  expect(readdirSync(join(directory.path, "tmp"))).toEqual([]);
});

test("a trim that lost its lock removes nothing more", async () => {
  using directory = new TempDirectory();
  const store = tenDays(directory.path);
  const onProgress = (part: number) => {
    if (part > 0.33 && part < 0.34) rmSync(join(directory.path, "trim.lock"), { force: true });
  };
  await expect(trim(directory.path, least, { onProgress })).rejects.toThrow("another process has taken over");
  expect(found(store, names)).toEqual(names);
});

test("a signal stops a trim between two directories, and leaves no lock and no open file", async () => {
  using directory = new TempDirectory();
  tenDays(directory.path);
  const stop = new AbortController();
  const onProgress = (part: number) => part > 0.5 && stop.abort(new Error("enough"));
  const { signal } = stop;
  await expect(trim(directory.path, least, { signal, onProgress })).rejects.toThrow("enough");
  expect(existsSync(join(directory.path, "trim.lock"))).toBe(false);
  expect(openFiles().filter((path) => path.startsWith(directory.path))).toEqual([]);
  expect(files(directory.path).length).toBeWithin(1, 20);
});

test("an outside cleaner does no harm: what it removes is a miss, and the next put repairs it", async () => {
  using directory = new TempDirectory();
  const store = tenDays(directory.path);
  useAgo(directory.path, action("10"), secondsAgo(hour * 5)); // the file of its body is older
  const find = Bun.spawnSync(["find", directory.path, "-type", "f", "-mtime", "+7", "-delete"]);
  expect(find.success).toBe(true);
  expect(existsSync(entryPath(directory.path, action("10").toHex()))).toBe(true);
  expect(found(store, names)).toEqual(names.slice(0, 6));
  for (const [at, name] of names.entries()) putWhole(store, action(name), bodyOf(40_000, at + 1));
  expect(found(DiskStore.open(directory.path), names)).toEqual(names);
  ageAll(directory.path, 8 * day);
  expect(await trim(directory.path, { ...unlimited, maxAge: 7 * day })).toMatchObject({
    removed: { entries: 10, bodies: 10 },
  });
});
