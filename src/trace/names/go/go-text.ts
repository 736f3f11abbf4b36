import { isUtf8 } from "node:buffer";

/*
 * Text as Go writes it with %q: what is hashed for an id contains it, and so do debug outputs. Source: strconv.Quote
 */

const names = new Map([
  [0x07, "\\a"],
  [0x08, "\\b"],
  [0x09, "\\t"],
  [0x0a, "\\n"],
  [0x0b, "\\v"],
  [0x0c, "\\f"],
  [0x0d, "\\r"],
  [0x22, '\\"'],
  [0x5c, "\\\\"],
]);

/** What Go prints as it is, with Unicode of the same version. Source: strconv.IsPrint */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** Quotes a text, or bytes that need not be one. */
export function quote(value: string | Uint8Array): string {
  return `"${pieces(value).map(quotePiece).join("")}"`;
}

/**
 * What Go may quote bytes as; {@link quote} comes first. Which characters Go prints as they are depends on its version of
 * Unicode; those below U+0800 are all decided. Of the ids of 32 bytes, one in 4,000 has a character that Unicode 17 prints and
 * Unicode 15, that of Go 1.26, doesn't.
 */
export function quotes(bytes: Uint8Array): string[] {
  let all = [""];
  let doubtful = 0;
  for (const piece of pieces(bytes)) {
    const quoted = quotePiece(piece);
    const other = isDoubtful(piece) && doubtful++ < mostDoubtful ? otherQuote(piece, quoted) : undefined;
    all = [quoted, ...(other === undefined ? [] : [other])].flatMap((one) => all.map((begun) => begun + one));
  }
  return all.map((one) => `"${one}"`);
}

/** This bounds how many there are: 16. Five such characters in 32 random bytes are too rare to matter. */
const mostDoubtful = 4;

function isDoubtful(piece: string | number): piece is string {
  return typeof piece === "string" && (piece.codePointAt(0) ?? 0) >= 0x800;
}

function otherQuote(rune: string, quoted: string): string {
  return quoted === rune ? escapeRune(rune) : rune;
}

/** The characters of a text, and the bytes that are none. */
function pieces(value: string | Uint8Array): (string | number)[] {
  const bytes = Buffer.from(value);
  const all: (string | number)[] = [];
  for (let place = 0; place < bytes.length; ) {
    const length = runeLength(bytes, place);
    all.push(length === 0 ? (bytes[place] ?? 0) : bytes.toString("utf8", place, place + length));
    place += length || 1;
  }
  return all;
}

function quotePiece(piece: string | number): string {
  return typeof piece === "number" ? hexEscape(piece) : quoteRune(piece);
}

/** Quotes a list. */
export function quoteList(values: readonly string[]): string {
  return `[${values.map(quote).join(" ")}]`;
}

/** How many bytes the character at a place has; 0 if they aren't UTF-8. */
function runeLength(bytes: Buffer, place: number): number {
  const first = bytes[place] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  const rune = bytes.subarray(place, place + length);
  return isUtf8(rune) ? length : 0;
}

function quoteRune(rune: string): string {
  const code = rune.codePointAt(0) ?? 0;
  const name = names.get(code);
  if (name !== undefined) return name;
  if (printable.test(rune)) return rune;
  return code < 0x20 || code === 0x7f ? hexEscape(code) : escapeRune(rune);
}

function escapeRune(rune: string): string {
  const code = rune.codePointAt(0) ?? 0;
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hexEscape(byte: number): string {
  return `\\x${hex(byte, 2)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

const escapes = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/g;

/** The bytes of a text that Go quoted. */
export function unquote(quoted: string): Buffer {
  const pieces: Buffer[] = [];
  let from = 1;
  for (const match of quoted.matchAll(escapes)) {
    pieces.push(Buffer.from(quoted.slice(from, match.index)), escaped(match));
    from = match.index + match[0].length;
  }
  pieces.push(Buffer.from(quoted.slice(from, -1)));
  return Buffer.concat(pieces);
}

function escaped([all, byte, short, long]: RegExpExecArray): Buffer {
  if (byte !== undefined) return Buffer.from(byte, "hex");
  const code = short ?? long;
  if (code !== undefined) return Buffer.from(String.fromCodePoint(Number.parseInt(code, 16)));
  const named = [...names].find(([, name]) => name === all)?.[0];
  return named === undefined ? Buffer.from(all.slice(1)) : Buffer.of(named);
}
