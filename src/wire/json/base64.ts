const padding = 0x3d;

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

/** The value of each character of the standard alphabet; -1 for any other byte. */
const values = new Int8Array(256).fill(-1);
for (const [value, byte] of new TextEncoder()
  .encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  .entries())
  values[byte] = value;

/** The length of the base64 of 32 bytes: ten groups of four characters, then three and a padding. */
export const idText = 44;

/**
 * Decodes {@link idText} characters at `at` to 32 bytes, as {@link decodeBase64} does. Every hit has an OutputID, and
 * Uint8Array.fromBase64 takes twice as long (Bun 1.4.5).
 */
export function decodeID(bytes: Uint8Array, at: number): Uint8Array | undefined {
  const id = new Uint8Array(32);
  const last = at + idText - 4;
  let wrong = bytes[last + 3] === padding ? 0 : -1;
  let to = 0;
  for (let from = at; from <= last; from += 4) {
    const a = sextet(bytes, from);
    const b = sextet(bytes, from + 1);
    const c = sextet(bytes, from + 2);
    const d = from < last ? sextet(bytes, from + 3) : 0;
    wrong |= a | b | c | d;
    id[to++] = (a << 2) | (b >> 4);
    id[to++] = (b << 4) | (c >> 2);
    id[to++] = (c << 6) | d; // past the end of the array in the last group
  }
  return wrong < 0 ? undefined : id;
}

function sextet(bytes: Uint8Array, at: number): number {
  return values[bytes[at] ?? 0] ?? -1;
}
