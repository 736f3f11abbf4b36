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

/** What Go prints as it is. What a newer Unicode adds is printed by a newer Go only. Source: strconv.IsPrint */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** Quotes a text, or bytes that need not be one. */
export function quote(value: string | Uint8Array): string {
  const bytes = Buffer.from(value);
  let quoted = "";
  for (let place = 0; place < bytes.length; ) {
    const length = runeLength(bytes, place);
    quoted +=
      length === 0 ? hexEscape(bytes[place] ?? 0) : quoteRune(bytes.toString("utf8", place, place + length));
    place += length || 1;
  }
  return `"${quoted}"`;
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

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function isUtf8(bytes: Uint8Array): boolean {
  try {
    return [...strict.decode(bytes)].length === 1;
  } catch {
    return false;
  }
}

function quoteRune(rune: string): string {
  const code = rune.codePointAt(0) ?? 0;
  const name = names.get(code);
  if (name !== undefined) return name;
  if (printable.test(rune)) return rune;
  if (code < 0x20 || code === 0x7f) return hexEscape(code);
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
