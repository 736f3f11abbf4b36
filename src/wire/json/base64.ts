/**
 * The bytes of base64 in the standard alphabet with padding, or undefined where the text is anything else: white
 * space, the URL alphabet, padding that is missing or followed by more. Bits that the last group has too many are
 * dropped, as encoding/base64.StdEncoding drops them.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.fromBase64(text);
  } catch {
    return undefined;
  }
  return bytes.length === promisedLength(text) ? bytes : undefined;
}

/**
 * {@link decodeBase64} into memory that is there. Returns how many bytes were written, or undefined where the text is
 * anything else, or there is no room for what it says.
 */
export function decodeBase64Into(text: string, target: Uint8Array): number | undefined {
  try {
    const { written } = target.setFromBase64(text);
    return written === promisedLength(text) ? written : undefined;
  } catch {
    return undefined;
  }
}

/**
 * How many bytes the length of a text promises. The decoders of the language skip white space and forgive missing
 * padding; either leaves another number of bytes.
 */
function promisedLength(text: string): number {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}
