import { isAscii } from "node:buffer";
import { decodeID, idText } from "./json/base64.ts";
import { byteText } from "./json/byte-text.ts";
import { parseTime } from "./json/time.ts";
import type { Response } from "./messages.ts";

/** A double is exact for integers of this many digits. */
const mostDigits = 15;

const [quote, zero, nine] = [0x22, 0x30, 0x39];

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
 * Reads responses that have the usual form, the one that Go's encoder and encodeResponse write: no white space, each field
 * at most once and in order, ASCII without escapes, integers that a double holds exactly, and an OutputID of 32 bytes.
 * KnownCommands and Err are too rare to handle here.
 *
 * This is only a shortcut. It takes nothing that the scanner and readResponse would read differently. If it can't tell,
 * or a field is wrong, it reads nothing, and they decide.
 *
 * It goes through the bytes once. Native code is used where it is faster: JSON.parse for a path, but not fromBase64 for
 * an id, nor Temporal.Instant.from (Bun 1.4.5).
 */
export class FastReader {
  /** Where the response ends that was read last. */
  end = 0;
  readonly #bytes: Uint8Array;
  readonly #isAscii: boolean;
  #at = 0;
  /** Set by a value that can't be read. */
  #wrong = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#isAscii = isAscii(bytes);
  }

  /** Reads the response at `at`, if all of it is there. It shares no memory with the bytes. */
  read(at: number): Response | undefined {
    this.#at = at;
    this.#wrong = !this.#isAscii;
    if (!this.#takes(words.id)) return undefined;
    const id = this.#integer();
    const miss = this.#takes(words.miss);
    const outputID = this.#takes(words.outputID) ? this.#id() : nothing;
    const size = this.#takes(words.size) ? this.#integer() : 0;
    const time = this.#takes(words.time) ? this.#time() : undefined;
    const diskPath = this.#takes(words.diskPath) ? this.#path() : "";
    if (!this.#takes(words.end) || this.#wrong) return undefined;
    this.end = this.#at;
    return { id, err: "", knownCommands: none, miss, outputID, size, time, diskPath };
  }

  /** Skips `expected` if it comes next; otherwise stays and returns false. */
  #takes(expected: Uint8Array): boolean {
    const bytes = this.#bytes;
    const at = this.#at;
    // Compare from the end: fields begin alike, so the last byte is the one that tells them apart.
    for (let index = expected.length - 1; index >= 0; index--) {
      if (bytes[at + index] !== expected[index]) return false;
    }
    this.#at = at + expected.length;
    return true;
  }

  #integer(): number {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let value = 0;
    for (let byte = bytes[at]; byte !== undefined && byte >= zero && byte <= nine; byte = bytes[++at]) {
      value = value * 10 + byte - zero;
    }
    const digits = at - start;
    if (digits === 0 || digits > mostDigits || (digits > 1 && bytes[start] === zero)) this.#wrong = true;
    this.#at = at;
    return value;
  }

  #id(): Uint8Array {
    const start = this.#at;
    this.#at = start + idText + 1;
    const id = this.#bytes[start + idText] === quote ? decodeID(this.#bytes, start) : undefined;
    if (id === undefined) this.#wrong = true;
    return id ?? nothing;
  }

  #time(): Temporal.Instant | undefined {
    const start = this.#at;
    const time = parseTime(this.#bytes, start, this.#toQuote());
    if (time === undefined) this.#wrong = true;
    return time;
  }

  #path(): string {
    const start = this.#at;
    const end = this.#toQuote();
    try {
      // It refuses control characters, and an escape makes the result shorter.
      const path: unknown = JSON.parse(byteText(this.#bytes, start - 1, end + 1));
      if (typeof path === "string" && path.length === end - start) return path;
    } catch {}
    this.#wrong = true;
    return "";
  }

  /** Skips past the next quote and returns its place. The caller refuses escapes in the text before it. */
  #toQuote(): number {
    const end = this.#bytes.indexOf(quote, this.#at);
    if (end === -1) this.#wrong = true;
    else this.#at = end + 1;
    return this.#at - 1;
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
