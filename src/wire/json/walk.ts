import { isSpace } from "./scanner.ts";

/*
 * Moves through JSON that the scanner has found valid. These functions only move forward and allocate nothing, because a
 * response may have millions of elements.
 */

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];

/** Returns the end of the white space at `from`. */
export function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at++;
  return at;
}

/** Returns the place of the next key, element or closing bracket after a value that ends at `from`. */
export function pastComma(bytes: Uint8Array, from: number): number {
  const at = skipSpace(bytes, from);
  return bytes[at] === comma ? skipSpace(bytes, at + 1) : at;
}

/** Returns the place after the closing quote of the string whose opening quote is at `from`. */
export function endOfString(bytes: Uint8Array, from: number): number {
  let at = from + 1;
  for (let byte = bytes[at]; byte !== quote; byte = bytes[at]) at += byte === backslash ? 2 : 1;
  return at + 1;
}

/** Returns the end of the value at `from`. */
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

/** Whether a byte ends a number or one of true, false and null. */
export function endsLiteral(byte: number | undefined): boolean {
  return byte === undefined || byte === comma || isClosing(byte) || isSpace(byte);
}
