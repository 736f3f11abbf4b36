/**
 * Decodes standard base64 with padding; undefined if the text is anything else, such as the URL alphabet, white space,
 * missing padding or text after it. Like encoding/base64.StdEncoding it ignores unused bits in the last group.
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
 * Like {@link decodeBase64}, but writes to `target` and returns the number of bytes; undefined also if they don't fit.
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
 * The number of bytes a text of this length must give. JavaScript's decoders skip white space and allow missing padding;
 * both give another number.
 */
function promisedLength(text: string): number {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return (text.length / 4) * 3 - padding;
}
