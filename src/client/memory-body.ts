import { bodyText } from "../wire/body.ts";
import { type BodySource, chunkSize, OutputHash, sliceSize } from "./body-source.ts";

/** Up to this size a body goes out as text, in one write with others, in bytes. Above it the memory costs more than the write. */
const lineSize = 8 * 1024;

/**
 * A body that is in memory: at once, unless it takes so long to hash that others have to get their turn. The caller
 * leaves it alone until the put has settled.
 */
export function memoryBody(body: Uint8Array): BodySource | Promise<BodySource> {
  if (body.length > sliceSize) return hashInSlices(body);
  return source(body, new OutputHash().update(body).digest());
}

async function hashInSlices(body: Uint8Array): Promise<BodySource> {
  const hasher = new OutputHash();
  for (let at = 0; at < body.length; at += sliceSize) {
    if (at > 0) await new Promise<void>((resolve) => setImmediate(resolve));
    hasher.update(body.subarray(at, at + sliceSize));
  }
  return source(body, hasher.digest());
}

function source(body: Uint8Array, outputID: Uint8Array): BodySource {
  return {
    outputID,
    size: body.length,
    line: body.length <= lineSize ? bodyText(body) : undefined,
    async *chunks() {
      for (let at = 0; at < body.length; at += chunkSize) yield body.subarray(at, at + chunkSize);
    },
    close() {},
  };
}
