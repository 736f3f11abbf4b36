/*
 * A byte text is a string in which each character is one byte, 0 to 255. Positions in it are positions in the stream, and
 * making one is a single copy.
 */

const { latin1Slice } = Buffer.prototype;

/** Returns bytes, or those from `from` to `to`, as byte text. It shares no memory with them. */
export function byteText(bytes: Uint8Array, from = 0, to = bytes.length): string {
  // Not through a Buffer: a small Uint8Array would first get an ArrayBuffer, which costs more than the rest.
  return latin1Slice.call(bytes, from, to);
}

/** U+FFFD in UTF-8. */
const replacement = [0xef, 0xbf, 0xbd] as const;

/**
 * Decodes UTF-8 as Go does: each byte that isn't part of a valid sequence becomes one U+FFFD. (A TextDecoder makes one
 * U+FFFD of several bytes.) Source: unicode/utf8.DecodeRune.
 */
export function decodeUtf8(bytes: Uint8Array, from = 0, to = bytes.length): string {
  const text = utf8(bytes, from, to);
  return text.includes("\ufffd") ? utf8(repaired(bytes.subarray(from, to))) : text;
}

function utf8(bytes: Uint8Array, from = 0, to = bytes.length): string {
  return Buffer.prototype.toString.call(bytes, "utf8", from, to);
}

/** Replaces each invalid byte by U+FFFD, in two passes over the bytes. */
function repaired(bytes: Uint8Array): Uint8Array {
  let wrong = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) wrong++;
    at += length || 1;
  }
  const out = new Uint8Array(bytes.length + wrong * (replacement.length - 1));
  let end = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length === 0) for (const byte of replacement) out[end++] = byte;
    const next = at + (length || 1);
    if (length > 0) for (; at < next; at++) out[end++] = bytes[at] ?? 0;
    at = next;
  }
  return out;
}

/** Returns the length of the valid sequence at `at`; 0 if there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const second = bytes[at + 1] ?? 0;
  // No overlong form, no surrogate, nothing past U+10FFFF.
  const least = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < least || second > most) return 0;
  if (first < 0xe0) return 2;
  if (!continues(bytes[at + 2])) return 0;
  if (first < 0xf0) return 3;
  return continues(bytes[at + 3]) ? 4 : 0;
}

function continues(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x80 && byte <= 0xbf;
}

/** Makes byte text readable: at most `limit` bytes, with everything but printable ASCII escaped. */
export function printable(text: string, limit: number): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return cut.replace(
    /[^ -~…]/g,
    (byte) => escapes[byte] ?? `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

const escapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
