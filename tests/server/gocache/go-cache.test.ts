import { expect, test } from "bun:test";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { parseGoEntry } from "../../../src/server/gocache/go-entry.ts";
import { DiskStore, GoCache } from "../../../src/server/index.ts";
import { RequestBody } from "../../../src/server/request-body.ts";
import { action, bodyOf, sha256 } from "../client-bytes.ts";
import { putWhole as put } from "../store-puts.ts";
import { TempDirectory } from "../temp-directory.ts";

const key = action("a");
const body = bodyOf(67);
const hour = 3600;
/** The start of go's README. */
const readme = "This directory holds cached build artifacts from the Go build system.\n";

/** A directory that is a cache of go by its README alone: to make 256 folders takes a while. */
class CacheDirectory extends TempDirectory {
  constructor() {
    super();
    writeFileSync(join(this.path, "README"), readme);
  }
}

/** Opens a cache that must have no reason to warn. */
function open(directory: string): GoCache {
  return GoCache.open(directory, { warn: (line) => expect.unreachable(line) });
}

function get(cache: GoCache, actionID = key) {
  return cache.get({ id: 1, actionID });
}

/** The path of an entry or a body. */
function place(directory: string, id: Uint8Array, kind: "a" | "d"): string {
  const hex = id.toHex();
  return join(directory, hex.slice(0, 2), `${hex}-${kind}`);
}

function files(directory: string): string[] {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  return names.filter((name) => !lstatSync(join(directory, name)).isDirectory()).sort();
}

/** Sets the times of a file back. @returns its mtime in ms */
function age(path: string, seconds: number): number {
  const time = Math.floor(Date.now() / 1000) - seconds;
  utimesSync(path, time, time);
  return time * 1000;
}

test("a put writes a body and an entry as go does, and a get finds it with the time of the put", () => {
  using directory = new CacheDirectory();
  const before = Temporal.Now.instant();
  const cache = open(directory.path);
  const diskPath = put(cache, key, body);
  const after = Temporal.Now.instant();
  expect(diskPath).toBe(place(directory.path, sha256(body), "d"));
  expect(readFileSync(diskPath).equals(body)).toBe(true);
  const entry = place(directory.path, key, "a");
  const { time = 0n } = parseGoEntry(readFileSync(entry, "latin1"), key.toHex()) ?? {};
  expect(time >= before.epochNanoseconds && time <= after.epochNanoseconds).toBe(true);
  for (const reader of [cache, open(directory.path)])
    expect(get(reader)).toEqual({
      outputID: sha256(body),
      size: 67,
      time: Temporal.Instant.fromEpochNanoseconds(time),
      diskPath,
    });
  expect(get(cache, action("b"))).toBeNull();
  const mask = process.umask();
  for (const path of [diskPath, entry]) expect(lstatSync(path).mode & 0o777).toBe(0o666 & ~mask);
  expect(files(directory.path)).toHaveLength(3);
});

test("a missing or empty directory becomes a cache as go makes one", () => {
  using directory = new TempDirectory();
  const missing = join(directory.path, "some/cache");
  for (const path of [missing, join(missing, "00")]) {
    open(path);
    expect(readFileSync(join(path, "README"), "utf8")).toStartWith(readme);
    const folders = readdirSync(path).filter((name) => name !== "README");
    expect(folders.sort()).toEqual(Array.from({ length: 256 }, (_, at) => at.toString(16).padStart(2, "0")));
  }
});

test("a cache whose maker was killed at any point is completed", () => {
  using directory = new TempDirectory();
  open(join(directory.path, "whole"));
  const text = readFileSync(join(directory.path, "whole/README"), "utf8");
  for (const length of [0, 1, readme.length - 1, readme.length, text.length]) {
    const path = join(directory.path, `${length}`);
    mkdirSync(path);
    writeFileSync(join(path, "README"), text.slice(0, length));
    if (length > 9) mkdirSync(join(path, "00"));
    put(open(path), key, body);
    expect(get(open(path))).not.toBeNull();
    if (length < readme.length - 1) expect(readFileSync(join(path, "README"), "utf8")).toBe(text);
  }
});

test("a directory that isn't a cache of go is refused, and left as it is", () => {
  const cases: [make: (path: string) => void, said: RegExp][] = [
    [(path) => writeFileSync(join(path, "note"), ""), /holds "note"; expected go's own cache, an empty/],
    [(path) => mkdirSync(join(path, "00")), /holds "00"; /],
    [(path) => writeFileSync(join(path, "README"), "Read me.\n"), /no README of go's, and holds "README"/],
    [(path) => writeFileSync(join(path, "README"), readme.slice(0, 9).concat("x")), /holds "README"/],
    [(path) => mkdirSync(join(path, "README")), /holds "README"/],
    [(path) => symlinkSync("/dev/null", join(path, "README")), /holds "README"/],
    [(path) => void DiskStore.open(path), /is a store of cacheprogw, whose entries have another format/],
    [
      (path) => {
        rmSync(path, { recursive: true });
        writeFileSync(path, "");
      },
      /can't be opened: E.*expected a dir/,
    ],
  ];
  for (const [make, said] of cases) {
    using directory = new TempDirectory();
    const path = join(directory.path, "place");
    mkdirSync(path);
    make(path);
    const before = readdirSync(directory.path, { recursive: true }).sort();
    expect(() => GoCache.open(path)).toThrow(said);
    expect(readdirSync(directory.path, { recursive: true }).sort()).toEqual(before);
  }
  expect(() => GoCache.open("")).toThrow("must be a path");
  // @ts-expect-error: no such option
  expect(() => GoCache.open("/tmp", { max: 1 })).toThrow('a cache of go has no option "max"; expected warn');
  // @ts-expect-error: not a function
  expect(() => GoCache.open("/tmp", { warn: "x" })).toThrow("the option warn is");
});

test("a store in go's cache is refused as before", () => {
  using directory = new CacheDirectory();
  open(directory.path);
  expect(() => DiskStore.open(directory.path)).toThrow("is go's own build cache");
});

test("a hit marks its entry and its body as used, at most once an hour", () => {
  using directory = new CacheDirectory();
  const cache = open(directory.path);
  const paths = [put(cache, key, body), place(directory.path, key, "a")];
  for (const seconds of [hour - 60, hour + 1, 200 * hour]) {
    const old = paths.map((path) => age(path, seconds));
    expect(get(cache)).not.toBeNull();
    for (const [at, path] of paths.entries()) {
      const { mtimeMs } = statSync(path);
      if (seconds < hour) expect(mtimeMs).toBe(old[at] ?? 0);
      else expect(mtimeMs).toBeGreaterThan(Date.now() - 60_000);
    }
  }
});

test("a put of a body that is there marks it as used, and doesn't write it again", () => {
  using directory = new CacheDirectory();
  const path = put(open(directory.path), key, body);
  const { ino } = lstatSync(path);
  for (const seconds of [10, 200 * hour]) {
    age(path, seconds);
    const cache = open(directory.path);
    for (const name of ["b", "c"]) expect(put(cache, action(name), body)).toBe(path);
    const stat = lstatSync(path);
    expect(stat.ino).toBe(ino);
    expect(stat.mtimeMs).toBeGreaterThan(Date.now() - 60_000);
  }
});

test("while a body arrives that is there, nothing is written", async () => {
  using directory = new CacheDirectory();
  put(open(directory.path), key, body);
  const before = files(directory.path);
  const arriving = new RequestBody(() => {});
  const request = { id: 1, actionID: action("b"), outputID: sha256(body), size: 67, body: arriving };
  const stored = open(directory.path).put(request);
  arriving.push(body);
  expect(files(directory.path)).toEqual(before);
  arriving.end(undefined);
  await stored;
  expect(files(directory.path)).toHaveLength(before.length + 1);
});

test("a damaged body of the right size is replaced by a put, and one of another size is a miss", () => {
  using directory = new CacheDirectory();
  const path = put(open(directory.path), key, body);
  for (const damage of [
    () => writeFileSync(path, bodyOf(67, 9)),
    () => truncateSync(path, 5),
    () => rmSync(path),
  ]) {
    damage();
    const cache = open(directory.path);
    expect(get(cache) === null).toBe(lstatSync(path, { throwIfNoEntry: false })?.size !== 67);
    put(cache, key, body);
    expect(readFileSync(get(cache)?.diskPath ?? "").equals(body)).toBe(true);
  }
});

test("a reader of a damaged body keeps what it has open while a put replaces it", () => {
  using directory = new CacheDirectory();
  const cache = open(directory.path);
  const path = put(cache, key, body);
  writeFileSync(path, bodyOf(67, 9));
  const { ino } = lstatSync(path);
  put(open(directory.path), key, body);
  expect(lstatSync(path).ino).not.toBe(ino);
});

test("a body that isn't what its request says is refused, and leaves nothing behind", async () => {
  using directory = new CacheDirectory();
  const cache = open(directory.path);
  const before = files(directory.path);
  for (const isLate of [false, true]) {
    const bad = new RequestBody(() => {});
    if (!isLate) bad.push(body);
    if (!isLate) bad.end(undefined);
    const request = { id: 1, actionID: key, outputID: sha256("other"), size: 67, body: bad };
    const putting = async () => await cache.put(request);
    const stored = putting();
    if (isLate) bad.push(body);
    if (isLate) bad.end(undefined);
    expect(await stored.catch(String)).toMatch(/the SHA-256 of the body is .* but OutputID is/);
  }
  expect(files(directory.path)).toEqual(before);
  expect(get(cache)).toBeNull();
});

test("while a body arrives, its file has a name that go's trim removes later, and no get finds", async () => {
  using directory = new CacheDirectory();
  const cache = open(directory.path);
  const arriving = new RequestBody(() => {});
  const stored = cache.put({ id: 1, actionID: key, outputID: sha256(body), size: 67, body: arriving });
  arriving.push(body);
  const [unfinished = ""] = files(directory.path).filter((name) => name !== "README");
  expect(dirname(unfinished)).toBe(sha256(body).toHex().slice(0, 2));
  // trimSubdir of go takes what ends like this. A body has 64 digits before it.
  expect(unfinished).toEndWith("-d");
  expect(unfinished).not.toMatch(/[0-9a-f]{64}/);
  expect(get(cache)).toBeNull();
  arriving.end(undefined);
  await stored;
  expect(files(directory.path)).not.toContain(unfinished);
});

test("an executable of go's in the place of a body is a miss, and stays", () => {
  using directory = new CacheDirectory();
  const warnings: string[] = [];
  const cache = GoCache.open(directory.path, { warn: (line) => warnings.push(line) });
  const path = put(cache, key, body);
  rmSync(path);
  mkdirSync(path);
  writeFileSync(join(path, "program"), body);
  expect(get(cache)).toBeNull();
  // As a put of the same bytes can't have the place, it's kept until close.
  const kept = put(cache, key, body);
  expect(kept).not.toStartWith(directory.path);
  expect(get(cache)?.diskPath).toBe(kept);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(
    /^cacheprogw: go's cache in .* can't be written: EISDIR: .*; hits are served, and puts/,
  );
  cache.close();
  expect(readFileSync(join(path, "program")).equals(body)).toBe(true);
  expect(get(open(directory.path))).toBeNull();
});

/** Each creates something odd at a free path. */
const oddities: [what: string, make: (path: string) => void][] = [
  ["a FIFO", (path) => expect(Bun.spawnSync(["mkfifo", path]).success).toBe(true)],
  ["a link to itself", (path) => symlinkSync(path, path)],
  ["a link to an endless device", (path) => symlinkSync("/dev/zero", path)],
  ["a link to a file with the right content", (path) => symlinkSync(`${path}.moved`, path)],
  ["an empty file", (path) => writeFileSync(path, "")],
];
for (const kind of ["a", "d"] as const) {
  test.each(oddities)(`%s in place of the file -${kind} is a miss, and a put replaces it`, (_what, make) => {
    using directory = new CacheDirectory();
    put(open(directory.path), key, body);
    const path = place(directory.path, kind === "a" ? key : sha256(body), kind);
    renameSync(path, `${path}.moved`);
    const moved = readFileSync(`${path}.moved`);
    age(`${path}.moved`, 9 * hour);
    const { mtimeMs } = statSync(`${path}.moved`);
    make(path);
    const cache = open(directory.path);
    expect(get(cache)).toBeNull();
    put(cache, key, body);
    expect(get(cache)).not.toBeNull();
    expect(lstatSync(path).isFile()).toBe(true);
    expect(readFileSync(`${path}.moved`).equals(moved)).toBe(true);
    expect(statSync(`${path}.moved`).mtimeMs).toBe(mtimeMs);
  });
}

test.each(["a file", "a link"])("%s in the way of a folder stays, and puts are kept until close", (what) => {
  using directory = new CacheDirectory();
  using elsewhere = new TempDirectory();
  const warnings: string[] = [];
  const cache = GoCache.open(directory.path, { warn: (line) => warnings.push(line) });
  for (const id of [key, sha256(body)]) {
    const folder = dirname(place(directory.path, id, "a"));
    rmSync(folder, { recursive: true, force: true });
    if (what === "a file") writeFileSync(folder, "");
    else symlinkSync(elsewhere.path, folder);
    const path = put(cache, key, body);
    expect(readFileSync(path).equals(body)).toBe(true);
    expect(get(cache)?.diskPath).toBe(path);
    expect(lstatSync(folder).isDirectory()).toBe(false);
  }
  expect(readdirSync(elsewhere.path)).toEqual([]);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/can't be written: .* isn't a directory; hits are served/);
  cache.close();
});

test("after go clean -cache, or the loss of the whole cache, the next put makes what it needs", () => {
  using directory = new TempDirectory();
  const path = join(directory.path, "cache");
  const cache = open(path);
  put(cache, key, body);
  expect(get(cache)).not.toBeNull();
  for (const name of readdirSync(path)) if (name !== "README") rmSync(join(path, name), { recursive: true });
  expect(get(cache)).toBeNull();
  put(cache, key, body);
  expect(get(cache)).not.toBeNull();
  rmSync(path, { recursive: true });
  put(cache, key, body);
  expect(get(open(path))).not.toBeNull();
  expect(readFileSync(join(path, "README"), "utf8")).toStartWith(readme);
});

test.skipIf(process.getuid?.() === 0)(
  "a body that can't be read is replaced (not as root, who may read all)",
  () => {
    using directory = new CacheDirectory();
    const path = put(open(directory.path), key, body);
    chmodSync(path, 0);
    put(open(directory.path), key, body);
    expect(readFileSync(path).equals(body)).toBe(true);
  },
);
