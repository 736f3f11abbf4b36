import { compareUTF8 } from "../../text.ts";
import { badPath, badTarget, badTogether } from "./output-path.ts";

/*
 * A result is what one run of a step left: its output files and what it printed. It is stored as a manifest, which lists
 * them and holds the text, and their data: the contents of the files, in the order of the list. Up to `inlineLimit` bytes
 * of data are in the manifest too; more are cut into packs. Every byte of data is used once, and no two packs are equal, so
 * a small result can't grow into a large one.
 *
 *   manifest := one line of JSON "\n" text data
 */

/** The most data that a manifest holds itself, in bytes. */
export const inlineLimit = 64 * 1024;
/** The largest pack, in bytes: some cache programs take no body of 48 MiB. */
export const packSize = 32 * 1024 * 1024;
/** The longest manifest that is read, in bytes. */
export const manifestLimit = 256 * 1024 * 1024;

/** The most that is kept of what a command prints, in bytes. */
export const logLimit = 16 * 1024 * 1024;

const version = 1;

/** One file that a step left. The path is relative to the directory of the step, with `/`. */
export type OutputFile =
  | {
      readonly kind: "file";
      readonly path: string;
      readonly mode: number;
      readonly size: number;
      readonly digest: string;
    }
  | { readonly kind: "symlink"; readonly path: string; readonly target: string }
  /** A folder without files. */
  | { readonly kind: "directory"; readonly path: string };

/** Some of what a command printed: so many bytes to stdout (1) or stderr (2). */
export type LogPart = readonly [stream: 1 | 2, bytes: number];

/** One body of data. */
export interface Pack {
  /** Its SHA-256, in hex. */
  readonly digest: string;
  /** In bytes. */
  readonly size: number;
}

export interface Manifest {
  /** In the order of their paths' UTF-8 bytes, each path once. */
  readonly files: readonly OutputFile[];
  readonly log: readonly LogPart[];
  /** None if the data is inline. */
  readonly packs: readonly Pack[];
  /** How long the command took, in ms. */
  readonly duration: number;
}

/** What a cache returned isn't a result of this step. The message says why; the step runs again. */
export class UnsoundResult extends Error {
  override readonly name = "UnsoundResult";
}

/** How many bytes the files have. */
export function dataSize(files: readonly OutputFile[]): number {
  return files.reduce((size, file) => size + (file.kind === "file" ? file.size : 0), 0);
}

/** The bytes of a manifest. @param text what was printed @param data the contents of the files, if there are no packs */
export function encodeManifest(
  { files, log, packs, duration }: Manifest,
  text: readonly Uint8Array[],
  data: Uint8Array,
): Uint8Array {
  const head = JSON.stringify({ version, duration, packs, log, files });
  return Buffer.concat([Buffer.from(`${head}\n`), ...text, data]);
}

/** A manifest, and what it holds besides. */
export interface Decoded {
  readonly manifest: Manifest;
  /** What was printed. */
  readonly text: Uint8Array;
  /** The contents of the files, if there are no packs. */
  readonly data: Uint8Array;
}

/**
 * Parses a manifest, believing nothing: it may come from anybody who can write to the cache.
 * @throws {UnsoundResult} it isn't one that {@link encodeManifest} wrote, or a path isn't one of an output
 */
export function decodeManifest(bytes: Uint8Array): Decoded {
  const end = bytes.indexOf(0x0a);
  const value = parse(new TextDecoder().decode(bytes.subarray(0, Math.max(0, end))));
  if (value.version !== version) throw unsound("it isn't of this version");
  const manifest: Manifest = {
    duration: count(value.duration, "its duration"),
    packs: list(value.packs, "its packs").map(readPack),
    log: list(value.log, "its log").map(readLogPart),
    files: list(value.files, "its files").map(readFile),
  };
  checkPaths(manifest.files.map(({ path }) => path));
  const textSize = manifest.log.reduce((sum, [, length]) => sum + length, 0);
  if (textSize > logLimit) throw unsound(`it printed ${textSize} bytes`);
  const dataAt = end + 1 + textSize;
  checkData(manifest, bytes.length - dataAt);
  return { manifest, text: bytes.subarray(end + 1, dataAt), data: bytes.subarray(dataAt) };
}

function checkPaths(paths: readonly string[]): void {
  for (const [index, path] of paths.entries()) {
    const before = paths[index - 1];
    if (before !== undefined && compareUTF8(before, path) >= 0)
      throw unsound(`${shown(path)} isn't in its place`);
  }
  const why = badTogether(paths);
  if (why !== undefined) throw unsound(why);
}

function checkData(manifest: Manifest, inline: number): void {
  if (inline < 0) throw unsound("its text is cut off");
  const size = dataSize(manifest.files);
  let stored = inline;
  for (const [index, pack] of manifest.packs.entries()) {
    stored += pack.size;
    if (pack.size > packSize || pack.size === 0) throw unsound(`pack ${index} has ${pack.size} bytes`);
  }
  if (new Set(manifest.packs.map(({ digest }) => digest)).size < manifest.packs.length)
    throw unsound("it has a pack twice");
  if (inline > 0 && manifest.packs.length > 0) throw unsound("it has both packs and data of its own");
  if (stored !== size) throw unsound(`it has ${stored} bytes of data; expected ${size}`);
}

function readFile(value: unknown): OutputFile {
  const { kind, path, ...rest } = object(value, "a file");
  if (typeof path !== "string") throw unsound("a file has no path");
  const why = badPath(path);
  if (why !== undefined) throw unsound(`${shown(path)} can't be an output: ${why}`);
  const what = shown(path);
  if (kind === "directory") return { kind, path };
  if (kind === "symlink") return { kind, path, target: readTarget(path, rest.target) };
  if (kind !== "file") throw unsound(`${what} is neither a file, a symlink nor a directory`);
  const mode = count(rest.mode, `the mode of ${what}`);
  if (mode > 0o777) throw unsound(`${what} has the mode ${mode.toString(8)}; expected permissions alone`);
  const digest = hexDigest(rest.digest, what);
  return { kind, path, mode, size: count(rest.size, `the size of ${what}`), digest };
}

function readTarget(path: string, target: unknown): string {
  if (typeof target !== "string") throw unsound(`the symlink ${shown(path)} has no target`);
  const why = badTarget(path, target);
  if (why !== undefined) throw unsound(`the symlink ${shown(path)} can't be an output: ${why}`);
  return target;
}

function readPack(value: unknown): Pack {
  const { digest, size } = object(value, "a pack");
  return { digest: hexDigest(digest, "a pack"), size: count(size, "the size of a pack") };
}

function readLogPart(value: unknown): LogPart {
  const [stream, bytes] = list(value, "a part of its log");
  if (stream !== 1 && stream !== 2) throw unsound("a part of its log is neither of stdout nor of stderr");
  const length = count(bytes, "the length of a part of its log");
  if (length === 0) throw unsound("a part of its log is empty");
  return [stream, length];
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return object(JSON.parse(text), "it");
  } catch (cause) {
    if (cause instanceof UnsoundResult) throw cause;
    throw unsound("it doesn't begin with a line of JSON", cause);
  }
}

function object(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw unsound(`${what} isn't an object`);
  return { ...value };
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw unsound(`${what}: there is no list`);
  return value;
}

function count(value: unknown, what: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw unsound(`${what} isn't a whole number`);
}

function hexDigest(value: unknown, what: string): string {
  if (typeof value === "string" && /^[0-9a-f]{64}$/.test(value)) return value;
  throw unsound(`${what} has no SHA-256`);
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 200));
}

function unsound(why: string, cause?: unknown): UnsoundResult {
  return new UnsoundResult(why, { cause });
}
