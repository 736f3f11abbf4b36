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

/** Either one well-formed sequence of UTF-8, or, as a group, a byte that begins none. */
const sequence =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|([\x80-\xff])/g;

/** U+FFFD as a byte text. */
const replacement = "\xef\xbf\xbd";

/**
 * The text whose UTF-8 a byte text is. Each byte that is part of no sequence becomes one U+FFFD: a TextDecoder would
 * make one of several. Source: unicode/utf8.DecodeRune.
 */
export function decodeUtf8(text: string): string {
  const bytes = Buffer.from(text, "latin1");
  if (isUtf8(bytes)) return bytes.toString();
  const repaired = text.replace(sequence, (found, bad) => (bad === undefined ? found : replacement));
  return Buffer.from(repaired, "latin1").toString();
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
