import { readSync } from "node:fs";
import { constants, type FileHandle, open, stat } from "node:fs/promises";
import { CacheProgError } from "../errors.ts";
import { OutputHash, sliceSize } from "./body/body-source.ts";

/** The longest array JavaScriptCore supports, in bytes. */
const longestArray = 2 ** 32;

/** The bytes of a file, and their SHA-256. */
export interface Contents {
  readonly bytes: Uint8Array;
  readonly digest: Uint8Array;
}

/**
 * Reads a whole file. Returns undefined if it isn't a readable regular file, or if it grows or shrinks during the read. It
 * reads the size the file had when opened, so a file that keeps growing doesn't keep it reading.
 *
 * @throws {CacheProgError} `BODY_UNREADABLE` for a file that is too large for memory; `ABORTED`
 */
export async function readWhole(
  path: string,
  signal: AbortSignal | undefined,
): Promise<Contents | undefined> {
  // Check before open: opening a device may have side effects.
  const regular = await stat(path).catch(() => undefined);
  if (!regular?.isFile()) return undefined;
  // O_NONBLOCK: if a FIFO takes the file's place now, open must not wait for a writer.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const file = await open(path, flags).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    return await readOpen(file, path, signal);
  } catch (error) {
    if (error instanceof CacheProgError) throw error;
    return undefined;
  } finally {
    await file.close().catch(() => {});
  }
}

async function readOpen(
  file: FileHandle,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Contents | undefined> {
  const stats = await file.stat();
  if (!stats.isFile()) return undefined;
  const { size } = stats;
  const bytes = allocate(size, path);
  const hasher = new OutputHash();
  for (let at = 0; at < size; ) {
    if (signal?.aborted)
      throw new CacheProgError("ABORTED", "getBytes was aborted", { cause: signal.reason });
    const { bytesRead } = await file.read(bytes, at, Math.min(sliceSize, size - at), at);
    if (bytesRead === 0) return undefined; // the file has shrunk
    hasher.update(bytes.subarray(at, at + bytesRead));
    at += bytesRead;
  }
  const grown = readSync(file.fd, new Uint8Array(1), 0, 1, size) > 0;
  return grown ? undefined : { bytes, digest: hasher.digest() };
}

function allocate(size: number, path: string): Uint8Array {
  try {
    if (size <= longestArray) return new Uint8Array(size);
  } catch {
    // RangeError: out of memory.
  }
  throw new CacheProgError(
    "BODY_UNREADABLE",
    `the body ${path} has ${size} bytes, too many to hold in memory; expected at most 4 GiB; use getFile and read its diskPath in pieces`,
  );
}
