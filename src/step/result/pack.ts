import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { join } from "node:path";
import { type OutputFile, packSize } from "./manifest.ts";

/** Flags to open an output: a FIFO that took its place doesn't block, and a symlink isn't followed. */
const toRead = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** An output changed while it was packed. */
export class OutputChanged extends Error {
  override readonly name = "OutputChanged";
}

/**
 * Reads the data of a result: the contents of its files, one after another. Yields it in pieces of {@link packSize},
 * the last one shorter. A piece is valid until the next one is asked for, which reuses its memory.
 *
 * @param directory where the files are
 * @throws {OutputChanged} a file isn't what `files` says; whatever the file system says
 */
export function* packsOf(
  directory: string,
  files: readonly OutputFile[],
  total: number,
): Generator<Uint8Array> {
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
        if (used === buffer.length) {
          yield buffer;
          used = 0;
        }
      }
    } finally {
      closeSync(fd);
    }
    if (hasher.digest("hex") !== file.digest) throw changed(file.path);
  }
  if (used > 0) yield buffer.subarray(0, used);
}

function changed(path: string): OutputChanged {
  return new OutputChanged(`its output ${path} changed while it was stored`);
}
