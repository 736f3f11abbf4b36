import { describe, expect, test } from "bun:test";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { readWhole } from "../../src/client/whole-file.ts";
import type { Entry } from "../../src/index.ts";
import { guardEachTest, temporaryDirectory } from "./guard.ts";
import { failure, key, play, sha256 } from "./scripted.ts";

guardEachTest();
const directory = temporaryDirectory();

function path(name: string): string {
  return join(directory, name);
}

/** A signal that does something when it is looked at for the first time, between two pieces of a file. */
function signalThat(act: () => void): AbortSignal {
  const { signal } = new AbortController();
  let acted = false;
  Object.defineProperty(signal, "aborted", {
    get() {
      if (!acted) act();
      acted = true;
      return false;
    },
  });
  return signal;
}

describe("a file is read whole", () => {
  test.each([0, 1, 65_537, 1024 ** 2, 3_000_000])("of %d bytes, with its SHA-256", async (size) => {
    const bytes = new Uint8Array(size).fill(size);
    writeFileSync(path("file"), bytes);
    expect(await readWhole(path("file"), undefined)).toEqual({ bytes, digest: sha256(bytes) });
    symlinkSync(path("file"), path("link"));
    expect(await readWhole(path("link"), undefined)).toEqual({ bytes, digest: sha256(bytes) });
    rmSync(path("link"));
  });

  test("but not if it grows meanwhile, or becomes shorter", async () => {
    for (const change of [() => appendFileSync(path("file"), "!"), () => truncateSync(path("file"), 10)]) {
      writeFileSync(path("file"), new Uint8Array(3_000_000));
      expect(await readWhole(path("file"), signalThat(change))).toBeUndefined();
    }
  });

  test("but not if nobody wants it any more", async () => {
    writeFileSync(path("file"), new Uint8Array(3_000_000));
    const controller = new AbortController();
    const reading = failure(readWhole(path("file"), controller.signal));
    controller.abort("enough");
    expect(await reading).toMatchObject({ code: "ABORTED", cause: "enough" });
  });
});

const unreadable: [what: string, path: string, make: (path: string) => void][] = [
  ["nothing", path("nothing"), () => {}],
  ["a directory", path("directory"), mkdirSync],
  ["a FIFO", path("fifo"), (path) => Bun.spawnSync(["mkfifo", path])],
  ["a device", "/dev/zero", () => {}],
  ["a link to itself", path("loop"), (path) => symlinkSync(path, path)],
  ["a path through a file", path("file/below"), () => writeFileSync(path("file"), "")],
  ["the empty path", "", () => {}],
  ["a path with NUL", path("a\0b"), () => {}],
  ["a path of 4,096 bytes", `/${"a/".repeat(2_047)}b`, () => {}],
  ["a name of 256 bytes", path("a".repeat(256)), () => {}],
  ["a path of 100,000 bytes", path("a/".repeat(50_000)), () => {}],
  ["a path with half of a surrogate pair", path("\ud800"), () => {}],
  ["a file without a size that has no end", "/proc/self/status", () => {}],
];

/** A program that has a hit for every get. */
function hits(outputID: Uint8Array, path: string): string {
  const hit = { OutputID: outputID.toBase64(), Size: 0, DiskPath: path };
  return `hello(); for (const { ID } of requests()) say({ ID, ...${JSON.stringify(hit)} });`;
}

test.each(unreadable)("getBytes is null where DiskPath leads to %s", async (_, path, make) => {
  make(path);
  const { cache } = await play(hits(sha256(""), path || "/nowhere/at/all"));
  expect(await cache.getBytes(key(1))).toBeNull();
  expect(await readWhole(path, undefined)).toBeUndefined();
  await cache.close();
});

test("getFile is null where DiskPath leads to no file", async () => {
  for (const [, path] of unreadable.filter(([, path]) => path !== "" && !existsSync(path))) {
    const { cache } = await play(hits(sha256(""), path));
    const entry: Entry | null = await cache.getFile(key(1));
    expect(entry).toBeNull();
    await cache.close();
  }
});

test("getBytes says that a file is too large for an array, and what to do", async () => {
  const large = path("large");
  writeFileSync(large, "");
  truncateSync(large, 2 ** 32 + 1);
  const { cache } = await play(hits(sha256(""), large));
  const error = await failure(cache.getBytes(key(1)));
  expect(error).toMatchObject({ code: "BODY_UNREADABLE" });
  expect(error.message).toMatch(/large has 4294967297 bytes, .* use getFile/);
  await cache.close();
});
