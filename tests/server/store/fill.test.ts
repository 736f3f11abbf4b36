import { expect, spyOn, test } from "bun:test";
import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ArgumentError } from "../../../src/errors.ts";
import { DiskStore, type Hit } from "../../../src/server/index.ts";
import { Directories } from "../../../src/server/store/directories.ts";
import { action, bodyOf, sha256 } from "../client-bytes.ts";
import { TempDirectory } from "../temp-directory.ts";

const key = action("a");
const sizes = [0, 1, 300_000, 9_000_000];

/** Puts a body in each way. */
const ways: [
  string,
  (store: DiskStore, actionID: Uint8Array, body: Uint8Array, folder: string) => Hit | Promise<Hit>,
][] = [
  ["putBytes", (store, actionID, body) => store.putBytes(actionID, body)],
  [
    "putFile",
    (store, actionID, body, folder) => {
      writeFileSync(join(folder, "given"), body);
      return store.putFile(actionID, join(folder, "given"));
    },
  ],
];

test.each(ways)("%s stores a body of any size, and returns what the next get does", async (_name, put) => {
  using directory = new TempDirectory();
  using given = new TempDirectory();
  const store = DiskStore.open(directory.path);
  for (const size of sizes) {
    const body = bodyOf(size, 3);
    const hit = await put(store, action(`${size}`), body, given.path);
    expect(hit).toMatchObject({ outputID: sha256(body), size });
    expect(readFileSync(hit.diskPath).equals(body)).toBe(true);
    expect(statSync(hit.diskPath).mode & 0o777).toBe(0o444);
    expect(DiskStore.open(directory.path).get({ id: 1, actionID: action(`${size}`) })).toEqual(hit);
  }
  // A body that is there is kept.
  const { diskPath } = await put(store, key, bodyOf(1, 3), given.path);
  const { ino } = statSync(diskPath);
  await put(store, action("b"), bodyOf(1, 3), given.path);
  expect(statSync(diskPath).ino).toBe(ino);
  expect(readdirSync(join(directory.path, "tmp"))).toEqual([]);
});

test.each(ways)("%s keeps the body in TMPDIR if the store can't be written", async (_name, put) => {
  using directory = new TempDirectory();
  using given = new TempDirectory();
  const warnings: string[] = [];
  const store = DiskStore.open(directory.path, { warn: (line) => warnings.push(line) });
  using _ = spyOn(Directories.prototype, "ensure").mockImplementationOnce(() => {
    throw new Error("the disk is full");
  });
  const hit = await put(store, key, bodyOf(10), given.path);
  expect(hit.diskPath).not.toStartWith(directory.path);
  expect(store.get({ id: 1, actionID: key })).toMatchObject({
    outputID: sha256(bodyOf(10)),
    diskPath: hit.diskPath,
  });
  expect(warnings).toEqual([expect.stringContaining("the disk is full; hits are served")]);
  store.close();
});

test("putFile follows a link, and refuses what isn't a readable file", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(join(directory.path, "store"));
  const path = join(directory.path, "file");
  writeFileSync(path, "hello");
  symlinkSync(path, join(directory.path, "link"));
  expect(await store.putFile(key, join(directory.path, "link"))).toMatchObject({ size: 5 });
  const pipe = join(directory.path, "pipe");
  Bun.spawnSync(["mkfifo", pipe]);
  for (const other of [join(directory.path, "missing"), directory.path, pipe])
    await expect(store.putFile(key, other)).rejects.toMatchObject({
      code: "BODY_UNREADABLE",
      message: expect.stringContaining(other),
    });
});

test("a wrong argument is refused before anything is written", async () => {
  using directory = new TempDirectory();
  const store = DiskStore.open(directory.path);
  const wrong = (value: unknown) => value as never;
  for (const actionID of [new Uint8Array(31), "a".repeat(32), undefined]) {
    expect(() => store.putBytes(wrong(actionID), bodyOf(1))).toThrow(ArgumentError);
    await expect(store.putFile(wrong(actionID), "/etc/hostname")).rejects.toThrow(ArgumentError);
  }
  expect(() => store.putBytes(key, wrong("text"))).toThrow('the body is "text"; expected a Uint8Array');
  const moved = new Uint8Array(new ArrayBuffer(5));
  moved.buffer.transfer();
  expect(() => store.putBytes(key, moved)).toThrow("no longer has bytes");
  for (const path of ["", "a\0b", undefined, 5])
    await expect(store.putFile(key, wrong(path))).rejects.toThrow(ArgumentError);
  expect(readdirSync(directory.path)).toEqual(["CACHEDIR.TAG"]);
});
