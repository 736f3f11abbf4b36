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
  // fromBase64 skips white space and forgives missing padding; either leaves another number of bytes than the length promises.
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return bytes.length === (text.length / 4) * 3 - padding ? bytes : undefined;
}
