import { ArgumentError } from "./errors.ts";

/** Describes any value for a message. Never throws, and the result is always short. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === "bigint") return value === BigInt.asIntN(64, value) ? `${value}n` : "a large bigint";
  if (typeof value === "function") return "a function";
  return value !== null && typeof value === "object" ? describeObject(value) : String(value);
}

function describeObject(value: object): string {
  try {
    const name: unknown = value.constructor.name;
    if (typeof name === "string" && /^\w{1,60}$/.test(name))
      return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
  } catch {
    // An object without a constructor, or a Proxy that throws.
  }
  return "an object";
}

/** A path for a message: whole, unless it is longer than any real path (PATH_MAX). */
export function shownPath(path: string): string {
  return path.length <= 4096 ? path : `${path.slice(0, 100)}… (${path.length} characters)`;
}

/**
 * Rejects text that UTF-8 can't encode. A lone surrogate would become U+FFFD, so different texts would become the same
 * bytes. Check every text that is stored or that names something.
 *
 * @throws {ArgumentError} for text with a lone surrogate; the message gives its index
 */
export function checkText(text: string, what: string): void {
  if (text.isWellFormed()) return;
  const at = text.search(/\p{Surrogate}/u);
  const unit = text.charCodeAt(at).toString(16);
  throw new ArgumentError(
    `${what} has a lone surrogate (\\u${unit} at index ${at}), which UTF-8 can't encode; expected whole characters, or bytes`,
  );
}

/**
 * Rejects text that may not have been valid UTF-8. Arguments and environment variables arrive as bytes, and Bun decodes
 * each invalid byte to U+FFFD, so different bytes become the same text. Check such text before it names something.
 *
 * @throws {ArgumentError} for text that contains U+FFFD or a lone surrogate
 */
export function checkDecoded(text: string, what: string): void {
  checkText(text, what);
  if (!text.includes("\ufffd")) return;
  throw new ArgumentError(
    `${what} isn't valid UTF-8, or contains U+FFFD, the character that replaces invalid bytes; expected valid UTF-8 without it`,
  );
}

/**
 * Sorts text in place by its UTF-8 bytes, as most other languages do. JavaScript's own order, by UTF-16 code units, puts
 * U+E000 to U+FFFF after the characters above them.
 */
export function sortByUTF8(texts: string[]): string[] {
  const isSame = texts.every((text) => !/[\ud800-\udfff]/.test(text));
  return isSame ? texts.sort() : texts.sort(compareUTF8);
}

/** Compares text by its UTF-8 bytes. A positive result means that `a` comes after `b`. */
export function compareUTF8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const one = a.charCodeAt(at);
    const other = b.charCodeAt(at);
    if (one !== other) return codePointRank(one) - codePointRank(other);
  }
  return a.length - b.length;
}

/** Orders UTF-16 units as the code points they're part of: surrogates last. */
function codePointRank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
