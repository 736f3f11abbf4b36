import { fstatSync, readSync } from "node:fs";
import { constants, type FileHandle, open } from "node:fs/promises";
import { CacheProgError } from "../../errors.ts";
import {
  type BodySource,
  changed,
  chunkSize,
  OutputHash,
  requireWanted,
  sameBytes,
  sliceSize,
  smallSize,
  Unwanted,
  unreadable,
  type Wanted,
} from "./body-source.ts";
import { hashThread } from "./hash-thread.ts";
import { memoryBody } from "./memory-body.ts";

/**
 * A file that was written so short a time ago that one more write may leave the same times behind: the clocks of file
 * systems tick slowly, FAT's every two seconds. git calls such an entry racy.
 */
const racyNanoseconds = 2_000_000_000n;

/** From this size on a file is hashed in a thread, in bytes: to ask it and to be answered takes as long as to hash half of that. */
const threadSize = 256 * 1024;

/**
 * A file, held open until it was sent. It is read twice, so it is held against what it was: by its size and times,
 * and where these may be too fresh to tell, by its bytes.
 */
export async function fileBody(path: string, busy: boolean, wanted: Wanted): Promise<BodySource> {
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
      return await memoryBody(bytes, wanted);
    }
    const size = Number(before.size);
    const outputID = await hashFile(file, path, size, busy, wanted);
    return {
      outputID,
      size,
      line: undefined,
      async *chunks() {
        const again = fresh ? new OutputHash() : undefined;
        const memory = new Uint8Array(chunkSize);
        for (let at = 0; at < size; at += chunkSize) {
          const chunk = readChunk(file, path, memory, at, size);
          again?.update(chunk);
          if (at + chunk.length === size) {
            const now = fstatSync(file.fd, { bigint: true });
            if (now.size !== before.size || now.mtimeNs !== before.mtimeNs) throw changed(path);
            // rename, link, chmod and unlink change the ctime and no byte; so may a writer who sets the mtime back.
            const isTold = again === undefined && now.ctimeNs === before.ctimeNs;
            const digest = isTold ? outputID : (again?.digest() ?? (await hashHere(file, path, size)));
            if (!sameBytes(digest, outputID)) throw changed(path);
          }
          yield chunk;
        }
      },
      // It was only read: there is nothing that a failing close could lose.
      close: () => file.close().catch(() => {}),
    };
  } catch (error) {
    await file.close().catch(() => {});
    throw error instanceof CacheProgError || error instanceof Unwanted ? error : unreadable(path, error);
  }
}

/**
 * SHA-256 of an open file. While other bodies wait to be sent, or to be hashed as well, a large one is hashed in a
 * thread; a single one would only wait for that.
 */
async function hashFile(
  file: FileHandle,
  path: string,
  size: number,
  busy: boolean,
  wanted: Wanted,
): Promise<Uint8Array> {
  requireWanted(wanted);
  const digest = busy && size >= threadSize ? await hashThread.hash(file.fd, size, wanted) : undefined;
  return digest ?? hashHere(file, path, size, wanted);
}

async function hashHere(file: FileHandle, path: string, size: number, wanted?: Wanted): Promise<Uint8Array> {
  const hasher = new OutputHash();
  const memory = new Uint8Array(Math.min(sliceSize, size));
  for (let at = 0; at < size; ) {
    if (wanted !== undefined) requireWanted(wanted);
    const { bytesRead } = await file
      .read(memory, 0, Math.min(memory.length, size - at), at)
      .catch((cause) => Promise.reject(unreadable(path, cause)));
    if (bytesRead === 0) throw changed(path); // it has become shorter
    hasher.update(memory.subarray(0, bytesRead));
    at += bytesRead;
  }
  return hasher.digest();
}

/**
 * The part of a file that begins at a place, as much as there is room for. It was read a moment ago, to be hashed, so
 * the system has it in memory: to wait for another thread takes longer than to read it here.
 */
function readChunk(file: FileHandle, path: string, memory: Uint8Array, at: number, size: number): Uint8Array {
  const want = Math.min(memory.length, size - at);
  let have = 0;
  while (have < want) {
    let read: number;
    try {
      read = readSync(file.fd, memory, have, want - have, at + have);
    } catch (cause) {
      throw unreadable(path, cause);
    }
    if (read === 0) throw changed(path); // it has become shorter
    have += read;
  }
  return memory.subarray(0, have);
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
