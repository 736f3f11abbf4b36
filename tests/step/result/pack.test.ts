import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type OutputFile, packSize } from "../../../src/step/result/manifest.ts";
import { OutputChanged, packsOf } from "../../../src/step/result/pack.ts";
import { TempDirectory } from "../../server/temp-directory.ts";

/** A file of a result with these bytes. */
function file(path: string, bytes: Uint8Array | string): OutputFile {
  const digest = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
  return { kind: "file", path, mode: 0o644, size: Buffer.byteLength(bytes), digest };
}

/** Packs files, and returns the length of each pack and all of their bytes. */
function pack(directory: string, files: readonly OutputFile[], total: number): [number[], Buffer] {
  const packs = Array.from(packsOf(directory, files, total), ({ body }) => Buffer.from(body));
  return [packs.map(({ length }) => length), Buffer.concat(packs)];
}

test("packs are the contents of the files, one after another, cut at 32 MiB", () => {
  using temporary = new TempDirectory();
  const large = new Uint8Array(packSize + 1).fill(7);
  writeFileSync(join(temporary.path, "large"), large);
  writeFileSync(join(temporary.path, "empty"), "");
  writeFileSync(join(temporary.path, "small"), "abc");
  const files = [
    file("small", "abc"),
    { kind: "symlink", path: "link", target: "x" } as const,
    file("empty", ""),
    file("large", large),
  ];
  const [lengths, bytes] = pack(temporary.path, files, packSize + 4);
  expect(lengths).toEqual([packSize, 4]);
  expect(bytes.equals(Buffer.concat([Buffer.from("abc"), large]))).toBe(true);
});

test("packs of equal bytes have different lengths, so that no two are equal", () => {
  using temporary = new TempDirectory();
  const path = join(temporary.path, "zeros");
  const total = 2 * packSize + 1;
  writeFileSync(path, "");
  truncateSync(path, total);
  const zeros = readFileSync(path);
  const packs = Array.from(packsOf(temporary.path, [file("zeros", zeros)], total), ({ body, ...pack }) => {
    expect(pack).toEqual({
      size: body.length,
      digest: new Bun.CryptoHasher("sha256").update(body).digest("hex"),
    });
    expect(body.every((byte) => byte === 0)).toBe(true);
    return pack;
  });
  expect(packs.map(({ size }) => size)).toEqual([packSize, packSize - 1, 2]);
  expect(new Set(packs.map(({ digest }) => digest)).size).toBe(3);
});

test.each([
  ["is shorter", (path: string) => writeFileSync(path, "ab")],
  ["has other bytes", (path: string) => writeFileSync(path, "abd")],
  ["is a folder", (path: string) => mkdirSync(path)],
])("an output that %s now is an error", (_, change) => {
  using temporary = new TempDirectory();
  change(join(temporary.path, "x"));
  expect(() => pack(temporary.path, [file("x", "abc")], 3)).toThrow(OutputChanged);
});

test.each([
  ["is gone", (path: string) => rmSync(path, { force: true })],
  ["is a symbolic link", (path: string) => symlinkSync("/dev/zero", path)],
])("an output that %s now is an error, of the file system", (_, change) => {
  using temporary = new TempDirectory();
  change(join(temporary.path, "x"));
  expect(() => pack(temporary.path, [file("x", "abc")], 3)).toThrow(/ENOENT|ELOOP/);
});
