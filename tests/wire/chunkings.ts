/** The chunkings that must not change what a decoder returns: whole, byte by byte, and split in two at every point. */
export function* chunkings(
  bytes: Uint8Array,
): Generator<{ readonly cut: string; readonly chunks: Uint8Array[] }> {
  yield { cut: "whole", chunks: [bytes] };
  yield { cut: "byte by byte", chunks: Array.from(bytes, (byte) => Uint8Array.of(byte)) };
  for (let at = 0; at <= bytes.length; at++)
    yield { cut: `split at ${at}`, chunks: [bytes.subarray(0, at), bytes.subarray(at)] };
}
