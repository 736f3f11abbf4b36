import { decodeBase64 } from "./json/base64.ts";
import { byteText } from "./json/byte-text.ts";
import { parseTime } from "./json/time.ts";
import type { Response } from "./messages.ts";

/** An integer of so few digits is exact as a double. */
const mostDigits = 15;

const [quote, backslash, zero, nine] = [0x22, 0x5c, 0x30, 0x39];

const nothing = new Uint8Array(0);
const none: readonly string[] = [];

/** What stands before the values. */
const words = {
  id: bytesOf('{"ID":'),
  miss: bytesOf(',"Miss":true'),
  outputID: bytesOf(',"OutputID":"'),
  size: bytesOf(',"Size":'),
  time: bytesOf(',"Time":"'),
  diskPath: bytesOf(',"DiskPath":"'),
  end: bytesOf("}"),
};

/**
 * Reads a response that begins at a place, if it is written the canonical way and whole: as Go's encoder and
 * encodeResponse write it, without white space, each field at most once and in order, plain ASCII without escapes,
 * integers that are exact as doubles. KnownCommands and Err are too rare to be here.
 *
 * It is a short cut and nothing more: what it takes is JSON, its literals mean what they mean to readResponse, and
 * where it can not tell (or a field is wrong) it returns undefined and leaves the judgement to the scanner and
 * readResponse. What is made of the bytes shares no memory with them.
 */
export function readFast(
  bytes: Uint8Array,
  at: number,
): { readonly response: Response; readonly end: number } | undefined {
  const line = new Line(bytes, at);
  if (!line.takes(words.id)) return undefined;
  const id = line.integer();
  const miss = line.takes(words.miss);
  const outputID = line.takes(words.outputID) ? line.base64() : nothing;
  const size = line.takes(words.size) ? line.integer() : 0;
  const time = line.takes(words.time) ? line.time() : undefined;
  const diskPath = line.takes(words.diskPath) ? line.path() : "";
  if (!line.takes(words.end) || line.wrong) return undefined;
  return {
    response: { id, err: "", knownCommands: none, miss, outputID, size, time, diskPath },
    end: line.at,
  };
}

/** A place in bytes that moves on with what is read. What can not be read is marked as wrong, and reads as zero. */
class Line {
  at: number;
  wrong = false;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** Moves over the words, if they are what comes. */
  takes(expected: Uint8Array): boolean {
    const bytes = this.#bytes;
    const at = this.at;
    // From the end: fields begin alike, and what is not there is told by the first byte that is compared.
    for (let index = expected.length - 1; index >= 0; index--) {
      if (bytes[at + index] !== expected[index]) return false;
    }
    this.at = at + expected.length;
    return true;
  }

  integer(): number {
    const bytes = this.#bytes;
    const start = this.at;
    let at = start;
    let value = 0;
    for (let byte = bytes[at]; byte !== undefined && byte >= zero && byte <= nine; byte = bytes[++at]) {
      value = value * 10 + byte - zero;
    }
    const digits = at - start;
    if (digits === 0 || digits > mostDigits || (digits > 1 && bytes[start] === zero)) this.wrong = true;
    this.at = at;
    return value;
  }

  base64(): Uint8Array {
    const start = this.at;
    const bytes = decodeBase64(byteText(this.#bytes, start, this.#toQuote()));
    if (bytes === undefined) this.wrong = true;
    return bytes ?? nothing;
  }

  time(): Temporal.Instant | undefined {
    const start = this.at;
    const time = parseTime(this.#bytes, start, this.#toQuote());
    if (time === undefined) this.wrong = true;
    return time;
  }

  /** A string of printable ASCII. */
  path(): string {
    const bytes = this.#bytes;
    const start = this.at;
    let at = start;
    while (isPlain(bytes[at])) at++;
    if (bytes[at] !== quote) this.wrong = true;
    this.at = at + 1;
    return start === at ? "" : byteText(bytes, start, at);
  }

  /** Moves behind the next quote, and returns where it is. Who reads what comes before it refuses escapes. */
  #toQuote(): number {
    const end = this.#bytes.indexOf(quote, this.at);
    if (end === -1) this.wrong = true;
    else this.at = end + 1;
    return this.at - 1;
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Stands for itself in a JSON string, and is ASCII that can be seen, or a space. */
function isPlain(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x20 && byte <= 0x7e && byte !== quote && byte !== backslash;
}
