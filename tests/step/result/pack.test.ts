import { expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
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
  const packs = Array.from(packsOf(directory, files, total), (piece) => Buffer.from(piece));
  return [packs.map(({ length }) => length), Buffer.concat(packs)];
}

test("packs are the contents of the files, one after another, all but the last of one size", () => {
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
