import { isUtf8 } from "node:buffer";

/*
 * A byte text is a string in which each character is one byte, 0 to 255. The decoder works on such text: the regular
 * expressions of the language apply to it, positions in it are positions in the stream, and to make it is one copy.
 */

/** The byte text of some bytes, or of those from one place to another. It shares no memory with them. */
export function byteText(bytes: Uint8Array, from = 0, to = bytes.length): string {
  // Without a Buffer around them: a small chunk would have to get an ArrayBuffer first, which takes longer than the rest.
  return Buffer.prototype.toString.call(bytes, "latin1", from, to);
}

/** U+FFFD in UTF-8. */
const replacement = [0xef, 0xbf, 0xbd] as const;

/**
 * The text whose UTF-8 some bytes are, or those from one place to another. Each byte that is part of no sequence becomes
 * one U+FFFD: a TextDecoder would make one of several. Source: unicode/utf8.DecodeRune.
 */
export function decodeUtf8(bytes: Uint8Array, from = 0, to = bytes.length): string {
  const part = bytes.subarray(from, to);
  return Buffer.prototype.toString.call(isUtf8(part) ? part : repaired(part), "utf8");
}

/** The bytes with U+FFFD for those that are part of no sequence. Each is looked at twice, and none is looked back at. */
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

/** How long the well-formed sequence is that begins at a place; 0 where none does. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const second = bytes[at + 1] ?? 0;
  // Neither longer than it has to be, nor half of a surrogate pair, nor past U+10FFFF.
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

/** A byte text for the eye of a reader: what is not printable ASCII is escaped, and at most `limit` bytes are shown. */
export function printable(text: string, limit: number): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return cut.replace(
    /[^ -~…]/g,
    (byte) => escapes[byte] ?? `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

const escapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
