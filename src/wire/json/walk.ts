import { isSpace } from "./scanner.ts";

/*
 * Walks through JSON whose syntax the scanner has found right. A literal is what stands there for one value, from its first
 * byte to its last, whatever its kind. All of it moves forward only, and makes nothing: a response may have millions of
 * elements.
 */

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];

/** Where the white space that begins at a place ends. */
export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at++;
  return at;
}

/** Where the next key, element or closing bracket stands, after a value that ends at a place. */
export function pastComma(bytes: Uint8Array, from: number): number {
  const at = skipSpace(bytes, from);
  return bytes[at] === comma ? skipSpace(bytes, at + 1) : at;
}

/** Where a string ends, with its quote, that begins with its quote at a place. */
export function endOfString(bytes: Uint8Array, from: number): number {
  let at = from + 1;
  for (let byte = bytes[at]; byte !== quote; byte = bytes[at]) at += byte === backslash ? 2 : 1;
  return at + 1;
}

/** Where the value ends that begins at a place. */
export function endOfValue(bytes: Uint8Array, from: number): number {
  const byte = bytes[from];
  if (byte === quote) return endOfString(bytes, from);
  if (isOpening(byte)) return endOfNested(bytes, from);
  let at = from;
  while (!endsLiteral(bytes[at])) at++;
  return at;
}

function endOfNested(bytes: Uint8Array, from: number): number {
  let depth = 0;
  let at = from;
  do {
    const byte = bytes[at];
    if (byte === quote) {
      at = endOfString(bytes, at);
      continue;
    }
    if (isOpening(byte)) depth++;
    if (isClosing(byte)) depth--;
    at++;
  } while (depth > 0);
  return at;
}

function isOpening(byte: number | undefined): boolean {
  return byte === 0x7b || byte === 0x5b;
}

function isClosing(byte: number | undefined): boolean {
  return byte === 0x7d || byte === 0x5d;
}

/** Whether a number, or one of the three words, has ended. */
export function endsLiteral(byte: number | undefined): boolean {
  return byte === undefined || byte === comma || isClosing(byte) || isSpace(byte);
}
