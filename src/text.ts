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
