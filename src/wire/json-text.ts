import { isSpace } from "./scan.ts";

/*
 * Walks through JSON whose syntax the scanner has found right, as byte text. A literal is what stands there for one
 * value, from its first byte to its last, whatever its kind.
 */

/** Where an object or an array has a literal. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The keys of an object and their values, in order. `text` begins with its opening brace. */
export function* members(text: string): Generator<{ readonly key: Span; readonly value: Span }> {
  let at = skipSpace(text, 1);
  while (text.charCodeAt(at) !== 0x7d) {
    const key = { start: at, end: endOfString(text, at) };
    const colon = skipSpace(text, key.end);
    const start = skipSpace(text, colon + 1);
    const value = { start, end: endOfValue(text, start) };
    yield { key, value };
    at = pastComma(text, value.end);
  }
}

/** The literals of an array, in order. `text` begins with its opening bracket. */
export function* elements(text: string): Generator<Span> {
  let at = skipSpace(text, 1);
  while (text.charCodeAt(at) !== 0x5d) {
    const element = { start: at, end: endOfValue(text, at) };
    yield element;
    at = pastComma(text, element.end);
  }
}

/** Where the white space that begins at `from` ends. */
function skipSpace(text: string, from: number): number {
  let at = from;
  while (isSpace(text.charCodeAt(at))) at++;
  return at;
}

function pastComma(text: string, from: number): number {
  const at = skipSpace(text, from);
  return text.charCodeAt(at) === 0x2c ? skipSpace(text, at + 1) : at;
}

function endOfString(text: string, from: number): number {
  let at = from + 1;
  for (let code = text.charCodeAt(at); code !== 0x22; code = text.charCodeAt(at)) at += code === 0x5c ? 2 : 1;
  return at + 1;
}

function endOfValue(text: string, from: number): number {
  const code = text.charCodeAt(from);
  if (code === 0x22) return endOfString(text, from);
  if (code === 0x7b || code === 0x5b) return endOfNested(text, from);
  let at = from;
  while (!endsLiteral(text.charCodeAt(at))) at++;
  return at;
}

function endOfNested(text: string, from: number): number {
  let depth = 0;
  let at = from;
  do {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      at = endOfString(text, at);
      continue;
    }
    if (code === 0x7b || code === 0x5b) depth++;
    if (code === 0x7d || code === 0x5d) depth--;
    at++;
  } while (depth > 0);
  return at;
}

function endsLiteral(code: number): boolean {
  return code === 0x2c || code === 0x7d || code === 0x5d || code <= 0x20;
}
