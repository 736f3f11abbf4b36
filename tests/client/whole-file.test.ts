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

/** A signal that calls `act` when its `aborted` is first read, which is between two chunks of a file. */
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

describe("readWhole", () => {
  test.each([0, 1, 65_537, 1024 ** 2, 3_000_000])(
    "returns a file of %d bytes and its SHA-256",
    async (size) => {
      const bytes = new Uint8Array(size).fill(size);
      writeFileSync(path("file"), bytes);
      expect(await readWhole(path("file"), undefined)).toEqual({ bytes, digest: sha256(bytes) });
      symlinkSync(path("file"), path("link"));
      expect(await readWhole(path("link"), undefined)).toEqual({ bytes, digest: sha256(bytes) });
      rmSync(path("link"));
    },
  );

  test("returns undefined if the file grows or shrinks meanwhile", async () => {
    for (const change of [() => appendFileSync(path("file"), "!"), () => truncateSync(path("file"), 10)]) {
      writeFileSync(path("file"), new Uint8Array(3_000_000));
      expect(await readWhole(path("file"), signalThat(change))).toBeUndefined();
    }
  });

  test("rejects with ABORTED when its signal is aborted", async () => {
    writeFileSync(path("file"), new Uint8Array(3_000_000));
    const controller = new AbortController();
    const reading = failure(readWhole(path("file"), controller.signal));
    controller.abort("enough");
    expect(await reading).toMatchObject({ code: "ABORTED", cause: "enough" });
  });
});

const unreadable: [what: string, path: string, make: (path: string) => void][] = [
  ["a missing file", path("nothing"), () => {}],
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
  ["a path with a lone surrogate", path("\ud800"), () => {}],
  ["a file that is longer than its size of 0", "/proc/self/status", () => {}],
];

/** A program that answers every get with a hit. */
function hits(outputID: Uint8Array, path: string): string {
  const hit = { OutputID: outputID.toBase64(), Size: 0, DiskPath: path };
  return `hello(); for (const { ID } of requests()) say({ ID, ...${JSON.stringify(hit)} });`;
}

test.each(unreadable)("getBytes returns null if DiskPath is %s", async (_, path, make) => {
  make(path);
  const { cache } = await play(hits(sha256(""), path || "/nowhere/at/all"));
  expect(await cache.getBytes(key(1))).toBeNull();
  expect(await readWhole(path, undefined)).toBeUndefined();
  await cache.close();
});

test("getFile returns null if there is no file at DiskPath", async () => {
  for (const [, path] of unreadable.filter(([, path]) => path !== "" && !existsSync(path))) {
    const { cache } = await play(hits(sha256(""), path));
    const entry: Entry | null = await cache.getFile(key(1));
    expect(entry).toBeNull();
    await cache.close();
  }
});

test("getBytes rejects a file too large for an array, and suggests getFile", async () => {
  const large = path("large");
  writeFileSync(large, "");
  truncateSync(large, 2 ** 32 + 1);
  const { cache } = await play(hits(sha256(""), large));
  const error = await failure(cache.getBytes(key(1)));
  expect(error).toMatchObject({ code: "BODY_UNREADABLE" });
  expect(error.message).toMatch(/large has 4294967297 bytes, .* use getFile/);
  await cache.close();
});
