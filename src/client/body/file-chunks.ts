import { readSync } from "node:fs";
import { changed, chunkSize, unreadable } from "./body-source.ts";

/**
 * Reads an open file's first `size` bytes. A chunk is valid until the next one is read.
 *
 * It reads synchronously. The file was just hashed, so the system has it in memory, and waiting for another thread takes
 * longer than reading it here.
 *
 * @param name names the file in messages
 * @throws {CacheProgError} `BODY_CHANGED` if the file is shorter; `BODY_UNREADABLE`
 */
export function* fileChunks(fd: number, name: string, size: number): Generator<Uint8Array> {
  const memory = new Uint8Array(chunkSize);
  for (let at = 0; at < size; at += chunkSize) yield readChunk(fd, name, memory, at, size);
}

function readChunk(fd: number, name: string, memory: Uint8Array, at: number, size: number): Uint8Array {
  const want = Math.min(memory.length, size - at);
  let have = 0;
  while (have < want) {
    let read: number;
    try {
      read = readSync(fd, memory, have, want - have, at + have);
    } catch (cause) {
      throw unreadable(name, cause);
    }
    if (read === 0) throw changed(name); // the file has shrunk
    have += read;
  }
  return memory.subarray(0, have);
}
