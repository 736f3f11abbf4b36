import { fstatSync } from "node:fs";
import { constants, type FileHandle, open } from "node:fs/promises";
import { CacheProgError } from "../../errors.ts";
import {
  type BodySource,
  CallSettled,
  changed,
  OutputHash,
  type PendingCall,
  requirePending,
  sameBytes,
  sliceSize,
  smallSize,
  unreadable,
} from "./body-source.ts";
import { fileChunks } from "./file-chunks.ts";
import { hashThread } from "./hash-thread.ts";
import { memoryBody } from "./memory-body.ts";

/**
 * File systems store times coarsely, FAT to two seconds. If a file was written more recently than this, another write may
 * leave the same times, so the times prove nothing. git calls such a file racy.
 */
const racyNanoseconds = 2_000_000_000n;

/** The smallest file hashed in a thread, in bytes. The round trip takes as long as hashing half of that. */
const threadSize = 256 * 1024;

/**
 * Opens a file, which stays open until it has been sent. It is read twice, to hash and to send, so the second reading
 * checks that it hasn't changed: by its size and times, or by its bytes if the times are too recent to tell.
 */
export async function fileBody(path: string, busy: boolean, call: PendingCall): Promise<BodySource> {
  // O_NONBLOCK has no effect on a regular file. Without it, open would wait for a writer if a FIFO has taken its place.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const file = await open(path, flags).catch((cause) => Promise.reject(unreadable(path, cause)));
  try {
    const before = await file.stat({ bigint: true });
    if (!before.isFile()) throw unreadable(path, "it is no longer a regular file");
    const fresh = BigInt(Date.now()) * 1_000_000n - later(before.mtimeNs, before.ctimeNs) < racyNanoseconds;
    if (before.size <= smallSize) {
      const bytes = await file.readFile();
      await file.close();
      return await memoryBody(bytes, call);
    }
    const size = Number(before.size);
    const outputID = await hashFile(file, path, size, busy, call);
    return {
      outputID,
      size,
      line: undefined,
      async *chunks() {
        const again = fresh ? new OutputHash() : undefined;
        let read = 0;
        for (const chunk of fileChunks(file.fd, path, size)) {
          again?.update(chunk);
          read += chunk.length;
          if (read === size) {
            const now = fstatSync(file.fd, { bigint: true });
            if (now.size !== before.size || now.mtimeNs !== before.mtimeNs) throw changed(path);
            // A changed ctime alone means rename, link, chmod or unlink, or a write that reset the mtime: hash to tell.
            const isUnchanged = again === undefined && now.ctimeNs === before.ctimeNs;
            const digest = isUnchanged ? outputID : (again?.digest() ?? (await hashHere(file, path, size)));
            if (!sameBytes(digest, outputID)) throw changed(path);
          }
          yield chunk;
        }
      },
      // The file was only read, so a failing close loses nothing.
      close: () => file.close().catch(() => {}),
    };
  } catch (error) {
    await file.close().catch(() => {});
    throw error instanceof CacheProgError || error instanceof CallSettled ? error : unreadable(path, error);
  }
}

/**
 * Computes the SHA-256 of an open file. A large file is hashed in a thread if other bodies are being sent or hashed. For a
 * single body the thread would only add latency.
 */
export async function hashFile(
  file: FileHandle,
  path: string,
  size: number,
  busy: boolean,
  call: PendingCall,
): Promise<Uint8Array> {
  requirePending(call);
  const digest = busy && size >= threadSize ? await hashThread.hash(file.fd, size, call) : undefined;
  return digest ?? hashHere(file, path, size, call);
}

async function hashHere(
  file: FileHandle,
  path: string,
  size: number,
  call?: PendingCall,
): Promise<Uint8Array> {
  const hasher = new OutputHash();
  const memory = new Uint8Array(Math.min(sliceSize, size));
  for (let at = 0; at < size; ) {
    if (call !== undefined) requirePending(call);
    const { bytesRead } = await file
      .read(memory, 0, Math.min(memory.length, size - at), at)
      .catch((cause) => Promise.reject(unreadable(path, cause)));
    if (bytesRead === 0) throw changed(path); // the file has shrunk
    hasher.update(memory.subarray(0, bytesRead));
    at += bytesRead;
  }
  return hasher.digest();
}

function later(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
