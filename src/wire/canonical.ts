import { decodeBase64 } from "./base64.ts";
import { byteText } from "./byte-text.ts";
import type { Response } from "./messages.ts";
import { parseTime } from "./time.ts";

/** An integer of so few digits is exact as a double. */
const mostDigits = 15;

const nothing = new Uint8Array(0);
const none: readonly string[] = [];

/**
 * Reads a response that begins at a place of a byte text, if it is written the canonical way and whole: as Go's encoder
 * and encodeResponse write it, without white space, each field at most once and in order, plain ASCII without escapes,
 * integers that are exact as doubles. KnownCommands and Err are too rare to be here.
 *
 * It is a short cut and nothing more: what it takes is JSON, its literals mean what they mean to readResponse, and
 * where it can not tell (or a field is wrong) it returns undefined and leaves the judgement to the scanner and
 * readResponse. A regular expression for the whole takes a quarter longer.
 *
 * @param bytes the same bytes as the text; the path is made from them, for a part of the text would keep all of it alive
 */
export function readCanonical(
  text: string,
  bytes: Uint8Array,
  at: number,
): { readonly response: Response; readonly end: number } | undefined {
  const line = new Line(text, bytes, at);
  if (!line.takes('{"ID":')) return undefined;
  const id = line.integer();
  const miss = line.takes(',"Miss":true');
  const outputID = line.takes(',"OutputID":"') ? line.base64() : nothing;
  const size = line.takes(',"Size":') ? line.integer() : 0;
  const time = line.takes(',"Time":"') ? line.time() : undefined;
  const diskPath = line.takes(',"DiskPath":"') ? line.path() : "";
  if (!line.takes("}") || line.wrong) return undefined;
  return {
    response: { id, err: "", knownCommands: none, miss, outputID, size, time, diskPath },
    end: line.at,
  };
}

/** A place in a byte text that moves on with what is read. What can not be read is marked as wrong, and reads as zero. */
class Line {
  at: number;
  wrong = false;
  readonly #text: string;
  readonly #bytes: Uint8Array;

  constructor(text: string, bytes: Uint8Array, at: number) {
    this.#text = text;
    this.#bytes = bytes;
    this.at = at;
  }

  /** Moves over the words, if they are what comes. */
  takes(words: string): boolean {
    // Most fields that do not come are told by the third character, which saves the call.
    const probe = words.length > 2 ? 2 : 0;
    if (this.#text.charCodeAt(this.at + probe) !== words.charCodeAt(probe)) return false;
    if (!this.#text.startsWith(words, this.at)) return false;
    this.at += words.length;
    return true;
  }

  integer(): number {
    const start = this.at;
    let value = 0;
    for (let code = this.#text.charCodeAt(start); isDigit(code); code = this.#text.charCodeAt(++this.at)) {
      value = value * 10 + code - 0x30;
    }
    const digits = this.at - start;
    const leadingZero = digits > 1 && this.#text.charCodeAt(start) === 0x30;
    if (digits === 0 || digits > mostDigits || leadingZero) this.wrong = true;
    return value;
  }

  base64(): Uint8Array {
    const bytes = decodeBase64(this.#quoted());
    if (bytes === undefined) this.wrong = true;
    return bytes ?? nothing;
  }

  time(): Temporal.Instant | undefined {
    const time = parseTime(this.#quoted());
    if (time === undefined) this.wrong = true;
    return time;
  }

  /** A string of printable ASCII. */
  path(): string {
    const start = this.at;
    for (let code = this.#text.charCodeAt(start); isPlain(code); code = this.#text.charCodeAt(++this.at));
    const end = this.at;
    if (!this.takes('"')) this.wrong = true;
    return start === end ? "" : byteText(this.#bytes, start, end);
  }

  /** What comes up to the next quote. What it is made of is not looked at: who reads it refuses escapes. */
  #quoted(): string {
    const start = this.at;
    const end = this.#text.indexOf('"', start);
    if (end === -1) this.wrong = true;
    else this.at = end + 1;
    return this.#text.slice(start, this.at - 1);
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Stands for itself in a JSON string, and is ASCII that can be seen, or a space. */
function isPlain(code: number): boolean {
  return code >= 0x20 && code <= 0x7e && code !== 0x22 && code !== 0x5c;
}
