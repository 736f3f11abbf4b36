import { type BodySource, chunkSize, OutputHash, sliceSize, smallSize } from "./body-source.ts";

/** A body that is in memory. The caller leaves it alone until the put has settled; a small one is copied. */
export async function memoryBody(body: Uint8Array): Promise<BodySource> {
  const bytes = body.length <= smallSize ? body.slice() : undefined;
  const hasher = new OutputHash();
  for (let at = 0; at < body.length; at += sliceSize) {
    if (at > 0) await new Promise<void>((resolve) => setImmediate(resolve));
    hasher.update(body.subarray(at, at + sliceSize));
  }
  return {
    outputID: hasher.digest(),
    size: body.length,
    bytes,
    async *chunks() {
      for (let at = 0; at < body.length; at += chunkSize) yield body.subarray(at, at + chunkSize);
    },
    close() {},
  };
}
