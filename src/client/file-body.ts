import { fstatSync, readSync } from "node:fs";
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
import { hashThread } from "./hash-thread.ts";
import { memoryBody } from "./memory-body.ts";

/**
 * A file that was written so short a time ago that one more write may leave the same times behind: the clocks of file
 * systems tick slowly, FAT's every two seconds. git calls such an entry racy.
 */
const racyNanoseconds = 2_000_000_000n;

/** From this size on a file is hashed in a thread, in bytes: to ask it and to be answered takes as long as to hash half of that. */
const threadSize = 256 * 1024;

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
export async function fileBody(path: string, busy = false): Promise<BodySource> {
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
    const outputID = await hashFile(file, path, size, busy);
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
            if (!sameState(before, fstatSync(file.fd, { bigint: true }))) throw changed(path);
            if (again !== undefined && !sameBytes(again.digest(), outputID)) throw changed(path);
          }
          yield chunk;
        }
      },
      // It was only read: there is nothing that a failing close could lose.
      close: () => file.close().catch(() => {}),
    };
  } catch (error) {
    await file.close().catch(() => {});
    throw error instanceof CacheProgError ? error : unreadable(path, error);
  }
}

/**
 * SHA-256 of an open file. While other bodies wait to be sent, or to be hashed as well, a large one is hashed in a
 * thread; a single one would only wait for that.
 */
async function hashFile(file: FileHandle, path: string, size: number, busy: boolean): Promise<Uint8Array> {
  const digest = busy && size >= threadSize ? await hashThread.hash(file.fd, size) : undefined;
  if (digest !== undefined) return digest;
  const hasher = new OutputHash();
  const memory = new Uint8Array(Math.min(sliceSize, size));
  for (let at = 0; at < size; ) {
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

function sameState(a: FileState, b: FileState): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}
