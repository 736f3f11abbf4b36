import { constants, type FileHandle, open } from "node:fs/promises";
import { CacheProgError } from "../errors.ts";
import {
  type BodySource,
  changed,
  chunkSize,
  OutputHash,
  sameBytes,
  sliceSize,
  smallSize,
  unreadable,
} from "./body-source.ts";
import { memoryBody } from "./memory-body.ts";

/**
 * A file that was written so short a time ago that one more write may leave the same times behind: the clocks of file
 * systems tick slowly, FAT's every two seconds. git calls such an entry racy.
 */
const racyNanoseconds = 2_000_000_000n;

/** What tells one state of a file from another. */
interface FileState {
  readonly size: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/**
 * A file, held open until it was sent. It is read twice, so it is held against what it was: by its size and times,
 * and where these may be too fresh to tell, by its bytes.
 */
export async function fileBody(path: string): Promise<BodySource> {
  // O_NONBLOCK means nothing to a regular file; a FIFO that has taken its place would wait for a writer.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const file = await open(path, flags).catch((cause) => Promise.reject(unreadable(path, cause)));
  try {
    const before = await file.stat({ bigint: true });
    if (!before.isFile()) throw unreadable(path, "it is not a regular file any more");
    const fresh = BigInt(Date.now()) * 1_000_000n - later(before.mtimeNs, before.ctimeNs) < racyNanoseconds;
    if (before.size <= smallSize) {
      const bytes = await file.readFile();
      await file.close();
      return await memoryBody(bytes);
    }
    const size = Number(before.size);
    const hasher = new OutputHash();
    for await (const bytes of fileChunks(file, path, size, sliceSize)) hasher.update(bytes);
    const outputID = hasher.digest();
    return {
      outputID,
      size,
      bytes: undefined,
      async *chunks() {
        const again = fresh ? new OutputHash() : undefined;
        for await (const bytes of fileChunks(file, path, size, chunkSize)) {
          again?.update(bytes);
          yield bytes;
        }
        if (!sameState(before, await file.stat({ bigint: true }))) throw changed(path);
        if (again !== undefined && !sameBytes(again.digest(), outputID)) throw changed(path);
      },
      close() {
        file.close().catch(() => {}); // it was only read: there is nothing that a failing close could lose
      },
    };
  } catch (error) {
    file.close().catch(() => {});
    throw error instanceof CacheProgError ? error : unreadable(path, error);
  }
}

async function* fileChunks(
  file: FileHandle,
  path: string,
  size: number,
  length: number,
): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(Math.min(length, size));
  for (let at = 0; at < size; ) {
    const want = Math.min(buffer.length, size - at);
    let have = 0;
    while (have < want) {
      const { bytesRead } = await file
        .read(buffer, have, want - have, at + have)
        .catch((cause) => Promise.reject(unreadable(path, cause)));
      if (bytesRead === 0) throw changed(path); // it has become shorter
      have += bytesRead;
    }
    at += have;
    yield buffer.subarray(0, have);
  }
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function sameState(a: FileState, b: FileState): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}
