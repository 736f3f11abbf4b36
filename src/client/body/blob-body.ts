import {
  type BodySource,
  changed,
  chunkSize,
  OutputHash,
  type PendingCall,
  requirePending,
  sliceSize,
  smallSize,
  unreadable,
  verified,
} from "./body-source.ts";
import { memoryBody } from "./memory-body.ts";

/**
 * Opens a Blob that isn't a whole file. It is read twice in slices, to hash and to send. It may be part of a file, so the
 * second reading is hashed too. Its size is the number of bytes read, because Bun's size of a slice that reaches past the
 * end of its file is a guess.
 */
export async function blobBody(blob: Blob, name: string, call: PendingCall): Promise<BodySource> {
  const first = await readSlice(blob, 0, sliceSize, name);
  if (first.length <= smallSize) return memoryBody(first, call);
  const hasher = new OutputHash();
  let size = 0;
  for (let bytes = first; bytes.length > 0; bytes = await readSlice(blob, size, sliceSize, name)) {
    requirePending(call);
    hasher.update(bytes);
    size += bytes.length;
  }
  const outputID = hasher.digest();
  return {
    outputID,
    size,
    line: undefined,
    chunks: () => verified(blobChunks(blob, name, size), size, outputID, name),
    close() {},
  };
}

async function* blobChunks(blob: Blob, name: string, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += chunkSize) {
    const length = Math.min(chunkSize, size - at);
    const bytes = await readSlice(blob, at, length, name);
    if (bytes.length !== length) throw changed(name);
    yield bytes;
  }
}

async function readSlice(blob: Blob, at: number, length: number, name: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.slice(at, at + length).arrayBuffer());
  } catch (cause) {
    throw unreadable(name, cause);
  }
}
