import { readSync } from "node:fs";
import { constants, type FileHandle, open, stat } from "node:fs/promises";
import { CacheProgError } from "../errors.ts";
import { OutputHash, sliceSize } from "./body/body-source.ts";

/** No array can be longer, in bytes (JavaScriptCore). */
const longestArray = 2 ** 32;

/** The bytes of a file, and their SHA-256. */
export interface Contents {
  readonly bytes: Uint8Array;
  readonly digest: Uint8Array;
}

/**
 * Reads a file. undefined where there is no regular file that can be read, or where it grows or shrinks meanwhile: it is
 * as long as it was when it was opened, so that one that is written for ever isn't read for ever.
 *
 * @throws {CacheProgError} `BODY_UNREADABLE` for a file that is too large for memory; `ABORTED`
 */
export async function readWhole(
  path: string,
  signal: AbortSignal | undefined,
): Promise<Contents | undefined> {
  // To open a device may have consequences.
  const regular = await stat(path).catch(() => undefined);
  if (!regular?.isFile()) return undefined;
  // A FIFO that takes its place now would wait for a writer.
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
    if (bytesRead === 0) return undefined; // it has become shorter
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
    // RangeError: there is no memory.
  }
  throw new CacheProgError(
    "BODY_UNREADABLE",
    `the body ${path} has ${size} bytes, which can't be in memory at once; expected at most 4 GiB; use getFile, and read its diskPath piece by piece`,
  );
}
