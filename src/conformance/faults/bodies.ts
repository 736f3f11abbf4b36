import { join } from "node:path";
import type { BodyReader, PutRequest } from "../../server/handlers.ts";
import type { DiskStore } from "../../server/store/disk-store.ts";

/** All of a body. @throws {CacheProgError} `PROTOCOL_ERROR` where it is of another length than its request says */
export async function collect(body: BodyReader): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk.slice());
  return Buffer.concat(chunks);
}

/** All that came of a body, of whatever length. */
export async function collectAny(body: BodyReader): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of body) chunks.push(chunk.slice());
  } catch {
    // It is not as long as its request says, and whoever calls this does not mind.
  }
  return Buffer.concat(chunks);
}

/** A put of other bytes than those that came. */
export function withBody(request: PutRequest, bytes: Uint8Array): PutRequest {
  let next: Uint8Array | null = bytes.length > 0 ? bytes : null;
  const read = () => {
    const chunk = next;
    next = null;
    return chunk;
  };
  const body: BodyReader = {
    read,
    async *[Symbol.asyncIterator]() {
      for (let chunk = read(); chunk !== null; chunk = read()) yield chunk;
    },
  };
  return { ...request, size: bytes.length, body };
}

/** Where a store has, or will have, a body. */
export function placeOf(store: DiskStore, outputID: Uint8Array): string {
  const hex = outputID.toHex();
  return join(store.directory, hex.slice(0, 2), `${hex}-d`);
}

/** Where a store has, or will have, an entry. */
export function entryOf(store: DiskStore, actionID: Uint8Array): string {
  const hex = actionID.toHex();
  return join(store.directory, hex.slice(0, 2), `${hex}-a`);
}
