import { join } from "node:path";
import type { BodyReader, PutRequest } from "../../server/handlers.ts";
import type { DiskStore } from "../../server/store/disk-store.ts";

/** Reads a whole body. @throws {CacheProgError} `PROTOCOL_ERROR` if its length isn't the BodySize of the request */
export async function collect(body: BodyReader): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk.slice());
  return Buffer.concat(chunks);
}

/** Reads a body of any length. */
export async function collectAny(body: BodyReader): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of body) chunks.push(chunk.slice());
  } catch {
    // Its length isn't the BodySize of the request, which callers allow.
  }
  return Buffer.concat(chunks);
}

/** The same put with other bytes. */
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

/** The path of a body in a store, whether or not it exists. */
export function bodyPath(store: DiskStore, outputID: Uint8Array): string {
  const hex = outputID.toHex();
  return join(store.directory, hex.slice(0, 2), `${hex}-d`);
}

/** The path of an entry in a store, whether or not it exists. */
export function entryPath(store: DiskStore, actionID: Uint8Array): string {
  const hex = actionID.toHex();
  return join(store.directory, hex.slice(0, 2), `${hex}-a`);
}
