import { decodeUtf8 } from "./byte-text.ts";
import type { Int64 } from "./messages.ts";

/*
 * What a literal means for a field of a kind, or undefined where Go refuses to put it there. A literal is a JSON value
 * as it stands in the stream, in byte text, and its syntax is right.
 *
 * Source: decodeState.literalStore in encoding/json/decode.go.
 */

const int64 = { least: -(2n ** 63n), greatest: 2n ** 63n - 1n };

/** A number of so few characters is exact as a double. */
const safeLength = 15;

/** "-9223372036854775808" has as many characters; what is longer is not read at all. */
const longestInt64 = 20;

/** Digits and a minus: 1.0 and 1e0 are no integers. -0 is 0. Source: strconv.ParseInt. */
export function readInt64(literal: string): Int64 | undefined {
  if (literal.length > longestInt64 || !/^-?\d+$/.test(literal)) return undefined;
  if (literal.length <= safeLength) return Number(literal) + 0;
  const exact = BigInt(literal);
  if (exact < int64.least || exact > int64.greatest) return undefined;
  const double = Number(exact);
  return Number.isSafeInteger(double) ? double : exact;
}

/** An element of a byte slice that is written as an array of numbers. Source: strconv.ParseUint. */
export function readByte(literal: string): number | undefined {
  return /^\d{1,3}$/.test(literal) && Number(literal) <= 255 ? Number(literal) : undefined;
}

export function readBoolean(literal: string): boolean | undefined {
  return literal === "true" ? true : literal === "false" ? false : undefined;
}

/**
 * A string. Bytes that are not UTF-8 and halves of surrogate pairs become U+FFFD.
 * Source: unquoteBytes in encoding/json/decode.go.
 */
export function readString(literal: string): string | undefined {
  if (!isString(literal)) return undefined;
  const text = /[\x80-\xff]/.test(literal) ? decodeUtf8(literal) : literal;
  return text.includes("\\") ? String(JSON.parse(text)).toWellFormed() : text.slice(1, -1);
}

export function isString(literal: string): boolean {
  return literal.startsWith('"');
}
