import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { CacheProgError } from "../errors.ts";
import { hasCode, reason } from "../trouble.ts";
import { isFresh } from "./fresh.ts";

/*
 * The file: a line that names the format; the number of entries (4 bytes); a record for each; their absolute paths in
 * UTF-8, each with a NUL after it; the SHA-256 of everything before it. A record is size, mtimeNs, ctimeNs and inode
 * (8 bytes each), then the digest (32 bytes). Integers are big-endian.
 */

const kindLine = "cacheprogw digests ";
const head = Buffer.from(`${kindLine}1\n`);
const recordSize = 64;
const digestSize = 32;
/** With more, only the files that this process has asked for are kept. */
const most = 100_000;
/** A temporary file that hasn't been written for this long, in ms, is of a process that was killed. */
const abandoned = 3_600_000;
/** A larger file isn't read. */
const largest = 64 * 1024 * 1024;

/** A file's status as it was when it was read, and its digest: a record. */
type RecordBytes = Uint8Array<ArrayBuffer>;

/**
 * Remembers digests of files in a file, so that unchanged files aren't read again. Processes may share one: the last to
 * save wins. A damaged file, or one of another version, counts as empty.
 */
export class DigestCache {
  /** Absolute. */
  readonly path: string;
  readonly #records = new Map<string, RecordBytes>();
  readonly #asked = new Set<string>();
  #isChanged = false;

  constructor(path: string) {
    this.path = realPath(path);
    for (const [name, record] of entries(readRegular(this.path) ?? head)) this.#records.set(name, record);
  }

  /** The digest of an unchanged file: one with the size, the times and the inode of when it was read. */
  find(path: string, stats: BigIntStats): Uint8Array | undefined {
    const record = this.#records.get(path);
    if (record === undefined || !isOf(record, stats)) return undefined;
    this.#asked.add(path);
    return record.slice(recordSize - digestSize);
  }

  /**
   * Remembers a digest, unless the file was changed so recently that its times don't prove anything.
   *
   * @param stats from right after the file was read
   */
  add(path: string, stats: BigIntStats, digest: Uint8Array): void {
    this.#asked.add(path);
    if (isFresh(stats)) return;
    this.#records.set(path, toRecord(stats, digest));
    this.#isChanged = true;
  }

  /**
   * Replaces the file, if there's something new. Other processes see the old file or the new one.
   *
   * @throws {CacheProgError} `STORE_FAILED` if it can't be written, or if the file there isn't one of digests
   */
  save(): void {
    if (!this.#isChanged) return;
    if (this.#records.size > most) {
      for (const path of this.#records.keys()) if (!this.#asked.has(path)) this.#records.delete(path);
    }
    const temporary = `${this.path}.${crypto.randomUUID()}.tmp`;
    try {
      checkReplaceable(this.path);
      mkdirSync(dirname(this.path), { recursive: true });
      writeFileSync(temporary, toBytes(this.#records), { flag: "wx" });
      renameSync(temporary, this.path);
      this.#isChanged = false;
      this.#sweep();
    } catch (cause) {
      remove(temporary);
      throw new CacheProgError("STORE_FAILED", `can't write the digests to ${this.path}: ${reason(cause)}`, {
        cause,
      });
    }
  }

  /** Removes what killed processes left. One that lives needs its temporary file for milliseconds. */
  #sweep(): void {
    const folder = dirname(this.path);
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      if (path === this.path || !this.isOwn(path)) continue;
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats !== undefined && stats.mtimeMs < Date.now() - abandoned) remove(path);
    }
  }

  /** Whether a path is this file, or the temporary file of a process that is replacing it. */
  isOwn(path: string): boolean {
    return path.startsWith(this.path) && /^(\.[0-9a-f-]{36}\.tmp)?$/.test(path.slice(this.path.length));
  }
}

function remove(temporary: string): void {
  try {
    unlinkSync(temporary);
  } catch {
    // It was never made, or someone else has removed it.
  }
}

/** The path without symbolic links to folders, as a walk would name it. The last of the folders may not exist yet. */
function realPath(path: string): string {
  const absolute = resolve(path);
  const folder = dirname(absolute);
  if (folder === absolute) return absolute;
  try {
    return join(realpathSync(folder), basename(absolute));
  } catch {
    return join(realPath(folder), basename(absolute));
  }
}

function readRegular(path: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return withRegular(path, (file, size) =>
      size > largest ? undefined : new Uint8Array(readFileSync(file)),
    );
  } catch {
    return undefined; // there's none, or it can't be read: nothing is remembered
  }
}

/** Refuses to replace anything but digests: the path may be a mistake. After a crash, a file may be empty, or zeros. */
function checkReplaceable(path: string): void {
  const kind = Buffer.from(kindLine);
  try {
    withRegular(path, (file) => {
      const start = Buffer.alloc(kind.length);
      readSync(file, start, 0, start.length, 0);
      if (start.some((byte) => byte !== 0) && !start.equals(kind))
        throw new Error("the file there holds something else; name another path, or remove it");
    });
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

/** O_NONBLOCK: opening a FIFO must not wait for a writer. */
function withRegular<T>(path: string, use: (file: number, size: number) => T): T {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new Error("it isn't a regular file");
    return use(file, stats.size);
  } finally {
    closeSync(file);
  }
}

function* entries(bytes: Uint8Array<ArrayBuffer>): Generator<readonly [string, RecordBytes]> {
  const end = bytes.length - digestSize;
  if (end < head.length + 4 || Buffer.compare(bytes.subarray(0, head.length), head) !== 0) return;
  const sum = new Bun.CryptoHasher("sha256").update(bytes.subarray(0, end)).digest();
  if (Buffer.compare(bytes.subarray(end), sum) !== 0) return;
  const count = new DataView(bytes.buffer).getUint32(head.length);
  const start = head.length + 4;
  const names = new TextDecoder().decode(bytes.subarray(start + count * recordSize, end)).split("\0");
  for (let at = 0; at < count; at++) {
    const from = start + at * recordSize;
    yield [names[at] ?? "", bytes.subarray(from, from + recordSize)];
  }
}

function toBytes(records: ReadonlyMap<string, RecordBytes>): Uint8Array {
  const count = Buffer.alloc(4);
  count.writeUInt32BE(records.size);
  const names = Buffer.from([...records.keys()].map((name) => `${name}\0`).join(""));
  const body = Buffer.concat([head, count, ...records.values(), names]);
  return Buffer.concat([body, new Bun.CryptoHasher("sha256").update(body).digest()]);
}

function toRecord({ size, mtimeNs, ctimeNs, ino }: BigIntStats, digest: Uint8Array): RecordBytes {
  const record = new Uint8Array(recordSize);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, size);
  view.setBigInt64(8, mtimeNs);
  view.setBigInt64(16, ctimeNs);
  view.setBigUint64(24, ino);
  record.set(digest, recordSize - digestSize);
  return record;
}

/** Without a loop over a list: each file of a set is compared, in code that isn't compiled yet. */
function isOf(record: RecordBytes, { size, mtimeNs, ctimeNs, ino }: BigIntStats): boolean {
  const view = new DataView(record.buffer, record.byteOffset);
  return (
    view.getBigUint64(0) === size &&
    view.getBigInt64(8) === mtimeNs &&
    view.getBigInt64(16) === ctimeNs &&
    view.getBigUint64(24) === ino
  );
}
