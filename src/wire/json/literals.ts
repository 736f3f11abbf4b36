import type { Int64 } from "../messages.ts";
import { byteText, decodeUtf8 } from "./byte-text.ts";
import { Refusal } from "./refusal.ts";
import { parseTime } from "./time.ts";

/*
 * Turns a literal, a valid JSON value in the bytes from one place to another, into a field's value; undefined if Go
 * refuses it for that field.
 *
 * Source: decodeState.literalStore in encoding/json/decode.go.
 */

const [quote, backslash, minus, zero, nine] = [0x22, 0x5c, 0x2d, 0x30, 0x39];

/** The first byte of null, and of no other value. */
const letterN = 0x6e;

const int64 = { least: -(2n ** 63n), greatest: 2n ** 63n - 1n };

/** A number of so few characters is exact as a double. */
const safeLength = 15;

/** "-9223372036854775808" has as many characters; what is longer is not read at all. */
const longestInt64 = 20;

export function isNull(bytes: Uint8Array, from: number): boolean {
  return bytes[from] === letterN;
}

/** Digits and a minus: 1.0 and 1e0 are no integers. -0 is 0. Source: strconv.ParseInt. */
export function readInt64(bytes: Uint8Array, from: number, to: number): Int64 | undefined {
  if (to - from > longestInt64) return undefined;
  const isNegative = bytes[from] === minus;
  let value = 0;
  for (let at = isNegative ? from + 1 : from; at < to; at++) {
    if (!isDigit(bytes[at])) return undefined;
    value = value * 10 + (bytes[at] ?? 0) - zero;
  }
  // Without a string, since a stream may be full of them.
  if (to - from <= safeLength) return isNegative ? 0 - value : value;
  const exact = BigInt(byteText(bytes, from, to));
  if (exact < int64.least || exact > int64.greatest) return undefined;
  const double = Number(exact);
  return Number.isSafeInteger(double) ? double : exact;
}

export function readBoolean(bytes: Uint8Array, from: number): boolean | undefined {
  const first = bytes[from];
  return first === 0x74 ? true : first === 0x66 ? false : undefined;
}

/**
 * A string. Bytes that are not UTF-8 and halves of surrogate pairs become U+FFFD.
 * Source: unquoteBytes in encoding/json/decode.go.
 */
export function readString(bytes: Uint8Array, from: number, to: number): string | undefined {
  if (bytes[from] !== quote) return undefined;
  if (to - from === 2) return "";
  const literal = byteText(bytes, from, to);
  const text = /[\x80-\xff]/.test(literal) ? decodeUtf8(bytes, from, to) : literal;
  return text.includes("\\") ? String(JSON.parse(text)).toWellFormed() : text.slice(1, -1);
}

/** A time, or the refusal of one. Up to 1.26, Go reads it from the literal as it stands, and so no escape is a part of one. */
export function readTime(
  bytes: Uint8Array,
  from: number,
  to: number,
  expected: string,
): Temporal.Instant | undefined {
  if (bytes[from] !== quote) return undefined;
  const time = parseTime(bytes, from + 1, to - 1);
  // The longest time that is likely, with each byte as an escape.
  if (time !== undefined || to - from > 400 || bytes.subarray(from, to).indexOf(backslash) === -1)
    return time;
  const unescaped = Buffer.from(readString(bytes, from, to) ?? "");
  if (parseTime(unescaped, 0, unescaped.length) === undefined) return undefined;
  throw new Refusal(expected, from, to, "go1.24 to go1.26");
}

export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= zero && byte <= nine;
}
