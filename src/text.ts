import { ArgumentError } from "./errors.ts";

/** A value of any kind, for a message: it never throws, and is never long. */
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
    // An object without a constructor, or a Proxy that doesn't let us ask.
  }
  return "an object";
}

/** A path, for a message: whole, unless it is longer than a path can be. */
export function shownPath(path: string): string {
  return path.length <= 4096 ? path : `${path.slice(0, 100)}… (${path.length} characters)`;
}

/**
 * Text becomes bytes as UTF-8, which has no form for half of a surrogate pair: each would become U+FFFD, and different
 * texts the same bytes. Check text before it names or is something.
 *
 * @throws {ArgumentError} for text with half of a surrogate pair, with where it is
 */
export function checkText(text: string, what: string): void {
  if (text.isWellFormed()) return;
  const at = text.search(/\p{Surrogate}/u);
  const unit = text.charCodeAt(at).toString(16);
  throw new ArgumentError(
    `${what} has half of a surrogate pair (\\u${unit} at index ${at}), which UTF-8 can't encode; expected whole characters, or bytes`,
  );
}

/**
 * The system hands bytes to a program, as arguments and in its environment; what isn't UTF-8 becomes U+FFFD before it
 * can be seen, and different bytes the same text. Check such text before it names something.
 *
 * @throws {ArgumentError} for text that may have been other bytes
 */
export function checkDecoded(text: string, what: string): void {
  checkText(text, what);
  if (!text.includes("\ufffd")) return;
  throw new ArgumentError(
    `${what} isn't valid UTF-8, or has the character U+FFFD, which stands for what isn't; expected other text`,
  );
}
