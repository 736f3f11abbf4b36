import { bodyText } from "../../wire/body.ts";
import {
  type BodySource,
  changed,
  chunkSize,
  OutputHash,
  outputIDOf,
  type PendingCall,
  requirePending,
  sliceSize,
} from "./body-source.ts";

/** The largest body sent as text, in one write with other requests, in bytes. Above it the memory costs more than the write. */
const lineSize = 8 * 1024;

/**
 * Opens a body in memory. Synchronous, unless hashing takes long enough that it must yield to the event loop. The caller
 * must not change the bytes until the put settles.
 */
export function memoryBody(body: Uint8Array, call: PendingCall): BodySource | Promise<BodySource> {
  if (body.length > sliceSize) return hashInSlices(body, call);
  return source(body, outputIDOf(body));
}

async function hashInSlices(body: Uint8Array, call: PendingCall): Promise<BodySource> {
  const hasher = new OutputHash();
  const size = body.length;
  for (let at = 0; at < size; at += sliceSize) {
    if (at > 0) await new Promise<void>((resolve) => setImmediate(resolve));
    requirePending(call);
    hasher.update(part(body, size, at, sliceSize));
  }
  return source(body, hasher.digest());
}

function source(body: Uint8Array, outputID: Uint8Array): BodySource {
  const size = body.length;
  return {
    outputID,
    size,
    line: size === 0 ? "" : size <= lineSize ? bodyText(body) : undefined,
    async *chunks() {
      for (let at = 0; at < size; at += chunkSize) yield part(body, size, at, chunkSize);
    },
    close() {},
  };
}

/** @throws {CacheProgError} `BODY_CHANGED` if the array was transferred or shrunk */
function part(body: Uint8Array, size: number, at: number, length: number): Uint8Array {
  if (body.length !== size) throw changed("(in memory)");
  return body.subarray(at, at + length);
}
