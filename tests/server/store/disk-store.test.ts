import { expect, test } from "bun:test";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
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
import { basename, dirname, isAbsolute, join, relative } from "node:path";
import { ArgumentError, CacheProgError } from "../../../src/errors.ts";
import { DiskStore, type DiskStoreOptions, type Hit } from "../../../src/server/index.ts";
import { RequestBody } from "../../../src/server/request-body.ts";
import { action, bodyOf, sha256 } from "../client-bytes.ts";
import { TempDirectory } from "../temp-directory.ts";

const key = action("a");

/** Puts a body as `serve` does, in chunks of `chunk` bytes. */
function put(
  store: DiskStore,
  actionID: Uint8Array,
  body: Uint8Array,
  { outputID = sha256(body), size = body.length, chunk = 50_000 } = {},
): Promise<{ diskPath: string }> {
  const stream = new RequestBody(() => {});
  const stored = Promise.try(() => store.put({ id: 1, actionID, outputID, size, body: stream }));
  for (let at = 0; at < body.length; at += chunk) stream.push(body.subarray(at, at + chunk));
  stream.end(undefined);
  return stored;
}

function get(store: DiskStore, actionID: Uint8Array): Hit | null {
  return store.get({ id: 1, actionID });
}

/** Flips one bit and keeps the size. */
function flip(path: string): void {
  const bytes = readFileSync(path);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}

function entryPath(store: DiskStore, actionID: Uint8Array): string {
  const hex = actionID.toHex();
  return join(store.directory, hex.slice(0, 2), `${hex}-a`);
}

function temps(store: DiskStore): string[] {
  const directory = join(store.directory, "tmp");
  return existsSync(directory) ? readdirSync(directory) : [];
}

test("returns what was put, of any size, in this store and a new one", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const before = Date.now();
  for (const size of [0, 1, 4096, 300_000]) {
    const body = bodyOf(size, 7);
    const { diskPath } = await put(store, action(`${size}`), body);
    expect(readFileSync(diskPath).equals(body)).toBe(true);
    for (const reader of [store, DiskStore.open(directory.path)]) {
      const hit = get(reader, action(`${size}`));
      expect(hit).toMatchObject({ outputID: sha256(body), size, diskPath });
      expect(hit?.time?.epochMilliseconds).toBeWithin(before, Date.now() + 1);
    }
  }
  expect(temps(store)).toEqual([]);
});

test("an action that was never put is a miss", () => {
  using directory = new TempDirectory();
  expect(get(DiskStore.open(directory.path), key)).toBeNull();
});

test("bodies are read-only, and their paths are absolute without an extension even if the directory is relative", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(relative(process.cwd(), directory.path));
  const { diskPath } = await put(store, key, bodyOf(5));
  expect(isAbsolute(diskPath)).toBe(true);
  expect(basename(diskPath)).toBe(`${sha256(bodyOf(5)).toHex()}-d`);
  expect(statSync(diskPath).mode & 0o333).toBe(0);
});

test("the umask applies to bodies and entries", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const modes: number[] = [];
  for (const umask of [0o022, 0o077]) {
    const before = process.umask(umask);
    try {
      const { diskPath } = await put(store, action(`${umask}`), bodyOf(5, umask));
      for (const path of [diskPath, entryPath(store, action(`${umask}`))])
        modes.push(statSync(path).mode & 0o777);
    } finally {
      process.umask(before);
    }
  }
  expect(modes).toEqual([0o444, 0o644, 0o400, 0o600]);
});

test("the last put of an action wins", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const old = await put(store, key, bodyOf(5));
  await put(store, key, bodyOf(6));
  expect(get(store, key)).toMatchObject({ outputID: sha256(bodyOf(6)), size: 6 });
  expect(existsSync(old.diskPath)).toBe(true);
});

test("two actions with the same body share one file", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const paths = [await put(store, key, bodyOf(5)), await put(store, action("b"), bodyOf(5))];
  expect(paths[0]).toEqual(paths[1]);
  expect(get(store, action("b"))).toMatchObject(get(store, key) ? { size: 5 } : {});
});

test("refuses a body that doesn't match its OutputID or size, and leaves nothing of it", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const wrongHash = put(store, key, bodyOf(5), { outputID: sha256("other") });
  await expect(wrongHash).rejects.toThrow(/^the SHA-256 of the body is [0-9a-f]{64}, but OutputID is /);
  const wrongSize = put(store, key, bodyOf(5), { size: 6 });
  await expect(wrongSize).rejects.toThrow("the body has 5 bytes, but BodySize is 6");
  expect(get(store, key)).toBeNull();
  expect(readdirSync(store.directory).sort()).toEqual(["CACHEDIR.TAG", "tmp"]);
  expect(temps(store)).toEqual([]);
});

test("a body that is cut off leaves nothing", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const body = new RequestBody(() => {});
  const stored = store.put({ id: 1, actionID: key, outputID: sha256("x"), size: 9, body });
  body.push(bodyOf(4));
  body.end(new Error("broken off"));
  await expect(stored).rejects.toThrow("broken off");
  expect(temps(store)).toEqual([]);
  expect(get(store, key)).toBeNull();
});

test("a body that is already stored isn't written again, but the incoming one is still checked", async () => {
  using directory = new TempDirectory();
  const body = bodyOf(100_000);
  const { diskPath } = await put(DiskStore.open(directory.path), key, body);
  const { ino, ctimeMs } = statSync(diskPath);
  for (const store of [DiskStore.open(directory.path), DiskStore.open(directory.path)]) {
    await put(store, action("b"), body);
    await put(store, action("b"), body);
    expect(statSync(diskPath)).toMatchObject({ ino, ctimeMs });
    const lie = put(store, action("c"), bodyOf(100_000, 9), { outputID: sha256(body) });
    await expect(lie).rejects.toThrow("SHA-256");
    expect(get(store, action("c"))).toBeNull();
    const stream = new RequestBody(() => {});
    const stored = store.put({
      id: 1,
      actionID: key,
      outputID: sha256(body),
      size: body.length,
      body: stream,
    });
    stream.push(body);
    expect(temps(store)).toEqual([]);
    stream.end(undefined);
    await stored;
  }
});

test("replacing a damaged body doesn't change the file for those who have it open", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const body = bodyOf(100_000);
  const { diskPath } = await put(store, key, body);
  const fd = openSync(diskPath, "r");
  await put(store, key, body);
  flip(diskPath);
  const damaged = readFileSync(fd);
  await put(store, key, body);
  // A new file took the place of the damaged one, which was left as it was.
  expect(readFileSync(diskPath).equals(body)).toBe(true);
  expect(fstatSync(fd).ino).not.toBe(statSync(diskPath).ino);
  expect(fstatSync(fd).size).toBe(damaged.length);
  closeSync(fd);
});

test("64 puts of the empty body and 64 of another at once all hit, and leave no temporary files", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const names = Array.from({ length: 64 }, (_, at) => `${at}`);
  const bodies = [new Uint8Array(0), bodyOf(30_000)];
  const puts = names.flatMap((name) =>
    bodies.map((body) => put(store, action(`${name} ${body.length}`), body, { chunk: 1000 })),
  );
  await Promise.all(puts);
  for (const name of names) {
    for (const body of bodies) {
      const hit = get(store, action(`${name} ${body.length}`));
      expect(readFileSync(hit?.diskPath ?? "").equals(body)).toBe(true);
    }
  }
  expect(temps(store)).toEqual([]);
});

const damages: [what: string, damage: (path: string) => void][] = [
  ["has a flipped bit", (path) => flip(path)],
  ["is too short", (path) => truncateSync(path, 66)],
  ["is empty", (path) => truncateSync(path, 0)],
  ["is too long", (path) => writeFileSync(path, bodyOf(68))],
  ["is gone", (path) => rmSync(path)],
  ["is gone with its directory", (path) => rmSync(dirname(path), { recursive: true })],
  [
    "is replaced by a link to it",
    (path) => {
      renameSync(path, `${path}x`);
      // lstat gives the length of a link's text, here about the size of the body.
      symlinkSync(`${basename(path)}x`, path);
    },
  ],
];
for (const [what, damage] of damages) {
  test(`a body that ${what} is a miss, in this store and a new one, and the next put repairs it`, async () => {
    using directory = new TempDirectory();
    const stores = [DiskStore.open(directory.path), DiskStore.open(directory.path)];
    for (const store of stores) {
      const { diskPath } = await put(store, key, bodyOf(67));
      expect(get(store, key)).not.toBeNull();
      if (existsSync(diskPath)) chmodSync(diskPath, 0o644);
      damage(diskPath);
      for (const reader of [store, DiskStore.open(directory.path)]) expect(get(reader, key)).toBeNull();
    }
    for (const store of stores) {
      await put(store, key, bodyOf(67));
      expect(readFileSync(get(store, key)?.diskPath ?? "").equals(bodyOf(67))).toBe(true);
    }
  });
}

test("a directory in place of a body is a miss", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const { diskPath } = await put(store, key, new Uint8Array(0));
  rmSync(diskPath);
  mkdirSync(diskPath);
  expect(get(store, key)).toBeNull();
});

test("a body that changes right after its put is a miss, even if the clock is too coarse to show it", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  for (let at = 0; at < 50; at++) {
    const { diskPath } = await put(store, action(`${at}`), bodyOf(100, at + 1));
    // The store backdates bodies by ten seconds, so that even a coarse clock shows a change.
    expect(statSync(diskPath).mtimeMs).toBeLessThan(Date.now() - 9_000);
    flip(diskPath);
    expect(get(store, action(`${at}`))).toBeNull();
  }
});

test("a body that changes is a miss, even if its mtime is restored", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const { diskPath } = await put(store, key, bodyOf(100));
  const { mtimeMs } = statSync(diskPath);
  flip(diskPath);
  utimesSync(diskPath, mtimeMs / 1_000, mtimeMs / 1_000);
  expect(statSync(diskPath).mtimeMs).toBe(mtimeMs);
  expect(get(store, key)).toBeNull();
});

test("a body that was touched or copied is read once to verify it, and not again", async () => {
  using directory = new TempDirectory();
  const body = bodyOf(1000);
  const { diskPath } = await put(DiskStore.open(directory.path), key, body);
  const touches = [
    () => utimesSync(diskPath, 1, 1),
    () => {
      copyFileSync(diskPath, `${diskPath}x`);
      renameSync(`${diskPath}x`, diskPath);
    },
  ];
  for (const touch of touches) {
    const path = entryPath(DiskStore.open(directory.path), key);
    const before = readFileSync(path, "latin1");
    const { ino } = statSync(path);
    touch();
    const { time } = get(DiskStore.open(directory.path), key) ?? {};
    const after = readFileSync(path, "latin1");
    expect(after).not.toBe(before);
    expect(statSync(path).ino).toBe(ino);
    expect(get(DiskStore.open(directory.path), key)?.time).toEqual(time);
    expect(readFileSync(path, "latin1")).toBe(after);
  }
});

test("an entry damaged at any byte is a miss, and the next put repairs it", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  await put(store, key, bodyOf(5));
  const path = entryPath(store, key);
  const text = readFileSync(path);
  for (let at = 0; at < text.length; at++) {
    const damaged = Buffer.from(text);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    writeFileSync(path, damaged);
    expect(get(store, key)).toBeNull();
    writeFileSync(path, text.subarray(0, at));
    expect(get(store, key)).toBeNull();
  }
  writeFileSync(path, `${text}x`);
  expect(get(store, key)).toBeNull();
  await put(store, action("b"), bodyOf(6));
  copyFileSync(entryPath(store, action("b")), path);
  expect(get(store, key)).toBeNull();
  await put(store, key, bodyOf(5));
  expect(get(store, key)).toMatchObject({ size: 5 });
});

test("a store whose directory is removed while it's open accepts the next put", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  await put(store, key, bodyOf(5));
  rmSync(directory.path, { recursive: true });
  expect(get(store, key)).toBeNull();
  await put(store, key, bodyOf(5));
  expect(get(store, key)).toMatchObject({ size: 5 });
});

test("a body whose temporary file is removed while it's written is kept until close", async () => {
  using directory = new TempDirectory();
  const warnings: string[] = [];
  const store = DiskStore.open(directory.path, { warn: (line) => warnings.push(line) });
  const body = new RequestBody(() => {});
  const stored = store.put({ id: 1, actionID: key, outputID: sha256(bodyOf(5)), size: 5, body });
  for (const name of temps(store)) rmSync(join(store.directory, "tmp", name));
  body.push(bodyOf(5));
  body.end(undefined);
  const { diskPath } = await stored;
  expect(readFileSync(diskPath).equals(bodyOf(5))).toBe(true);
  expect(warnings).toHaveLength(1);
  store.close();
  expect(existsSync(diskPath)).toBe(false);
  await put(store, key, bodyOf(5));
  expect(get(store, key)).toMatchObject({ size: 5 });
});

test("creates a missing directory, and refuses one that can't be created", () => {
  using directory = new TempDirectory();
  expect(DiskStore.open(join(directory.path, "a", "b")).directory).toBe(join(directory.path, "a", "b"));
  writeFileSync(join(directory.path, "file"), "");
  for (const path of [join(directory.path, "file"), join(directory.path, "file", "x")]) {
    const refusal = catching(() => DiskStore.open(path));
    expect(refusal).toBeInstanceOf(CacheProgError);
    expect(refusal).toMatchObject({ code: "STORE_FAILED", message: expect.stringContaining(path) });
  }
});

test("refuses an empty path, an unknown option, and a warn that isn't a function", () => {
  expect(catching(() => DiskStore.open(""))).toBeInstanceOf(ArgumentError);
  const typo: DiskStoreOptions = JSON.parse('{"wran":1}');
  const refusal = catching(() => DiskStore.open("/tmp", typo));
  expect(refusal).toBeInstanceOf(ArgumentError);
  expect(refusal).toHaveProperty("message", 'a store has no option "wran"; expected warn');
  const text: DiskStoreOptions = JSON.parse('{"warn":"stderr"}');
  expect(() => DiskStore.open("/tmp", text)).toThrow(
    new ArgumentError('the option warn is "stderr"; expected a function'),
  );
});

function catching(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
