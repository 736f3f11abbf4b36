import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { type OutputFile, type Pack, packSize } from "./manifest.ts";

/** Flags to open an output: a FIFO that took its place doesn't block, and a symlink isn't followed. */
const toRead = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** An output changed while it was packed. */
export class OutputChanged extends Error {
  override readonly name = "OutputChanged";
}

/** A pack that is about to be stored. */
export interface PackBody extends Pack {
  /** Valid until the next pack is asked for, which reuses its memory. */
  readonly body: Uint8Array;
}

/**
 * Reads the data of a result: the contents of its files, one after another. Yields it in packs of {@link packSize}, the
 * last one shorter. No two have the same content: of a file full of zeros, each is a little shorter than the one before.
 *
 * @param directory where the files are
 * @throws {OutputChanged} a file isn't what `files` says; whatever the file system says
 */
export function* packsOf(
  directory: string,
  files: readonly OutputFile[],
  total: number,
): Generator<PackBody> {
  const cutter = new Cutter();
  const buffer = new Uint8Array(Math.min(total, packSize));
  let used = 0;
  for (const file of files) {
    if (file.kind !== "file") continue;
    const hasher = new Bun.CryptoHasher("sha256");
    const fd = openSync(join(directory, file.path), toRead);
    try {
      if (!fstatSync(fd).isFile()) throw changed(file.path);
      for (let left = file.size; left > 0; ) {
        const length = readSync(fd, buffer, used, Math.min(left, buffer.length - used), null);
        if (length === 0) throw changed(file.path);
        hasher.update(buffer.subarray(used, used + length));
        left -= length;
        used += length;
        if (used < buffer.length) continue;
        const pack = cutter.cut(buffer);
        yield pack;
        buffer.copyWithin(0, pack.size);
        used -= pack.size;
      }
    } finally {
      closeSync(fd);
    }
    if (hasher.digest("hex") !== file.digest) throw changed(file.path);
  }
  for (let at = 0; at < used; ) {
    const pack = cutter.cut(buffer.subarray(at, used));
    yield pack;
    at += pack.size;
  }
}

/** Cuts packs so that no two are equal: a result of equal ones would be larger than what the cache holds of it. */
class Cutter {
  /** How often a pack was cut from bytes with this digest. */
  readonly #seen = new Map<string, number>();

  /** A pack from the start of the bytes. */
  cut(bytes: Uint8Array): PackBody {
    const digest = sha256(bytes);
    const times = this.#seen.get(digest) ?? 0;
    this.#seen.set(digest, times + 1);
    if (times === 0 || times >= bytes.length) return { body: bytes, size: bytes.length, digest };
    return this.cut(bytes.subarray(0, bytes.length - times));
  }
}

function sha256(bytes: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}

function changed(path: string): OutputChanged {
  return new OutputChanged(`its output ${path} changed while it was stored`);
}
