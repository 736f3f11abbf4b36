import { decodeBase64 } from "./json/base64.ts";
import { byteText } from "./json/byte-text.ts";
import { parseTime } from "./json/time.ts";
import type { Response } from "./messages.ts";

/** A double is exact for integers of this many digits. */
const mostDigits = 15;

const [quote, backslash, zero, nine] = [0x22, 0x5c, 0x30, 0x39];

const nothing = new Uint8Array(0);
const none: readonly string[] = [];

/** The text before each value. */
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
 * Reads a complete response at `at` if it has the usual form, the one that Go's encoder and encodeResponse write: no
 * white space, each field at most once and in order, printable ASCII without escapes, integers that a double holds
 * exactly. KnownCommands and Err are too rare to handle here.
 *
 * This is only a shortcut. It takes nothing that the scanner and readResponse would read differently. If it can't tell,
 * or a field is wrong, it returns undefined and they decide. The result shares no memory with `bytes`.
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

/** A cursor over bytes. A value that can't be read sets `wrong` and gives a zero value. */
class Line {
  at: number;
  wrong = false;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** Skips `expected` if it comes next; otherwise stays and returns false. */
  takes(expected: Uint8Array): boolean {
    const bytes = this.#bytes;
    const at = this.at;
    // Compare from the end: fields begin alike, so the last byte is the one that tells them apart.
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

  /** Skips past the next quote and returns its place. The caller refuses escapes in the text before it. */
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

/** Whether a byte is printable ASCII that needs no escape in a JSON string. */
function isPlain(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x20 && byte <= 0x7e && byte !== quote && byte !== backslash;
}
