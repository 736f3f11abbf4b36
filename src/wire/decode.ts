import { ArgumentError, CacheProgError } from "../errors.ts";
import { FastReader } from "./fast-response.ts";
import { GrowingBuffer } from "./growing-buffer.ts";
import { byteText, printable } from "./json/byte-text.ts";
import { Refusal } from "./json/refusal.ts";
import { isSpace, Scanner } from "./json/scanner.ts";
import type { Response } from "./messages.ts";
import { readResponse } from "./response.ts";

/**
 * A response holds a path, an id and a time, or the text of an error. Go has no limit, but decoding a response blocks the
 * event loop: 4 MiB of the worst kind take about 0.2 s.
 */
const defaultMaxBytes = 4 * 1024 * 1024;

/** This always fits into one string. */
const greatestMaxBytes = 1024 * 1024 * 1024;

/** How many bytes the message of an error shows from before the fault, and from the fault on. */
const shown = { before: 48, found: 48 };

/** The program wrote something the go command refuses. Its code is `PROTOCOL_ERROR`. */
export class DecodeError extends CacheProgError {
  /** Always "DecodeError". */
  override readonly name = "DecodeError";
  /** The versions of Go that refuse it, such as "go1.24 to go1.26"; undefined if all supported versions do. */
  readonly versions: string | undefined;

  /** @param versions see {@link DecodeError.versions} */
  constructor(message: string, versions?: string) {
    super("PROTOCOL_ERROR", message);
    this.versions = versions;
  }
}

/**
 * Turns the bytes of a program's stdout into responses, whatever the chunks they come in. It refuses what the decoder of
 * any Go from 1.24 to 1.27 refuses, but as soon as a byte is wrong. What it accepts has the values that Go 1.27 gives it.
 * Older versions differ in one thing, and so does this decoder: where OutputID comes three times in one response or
 * more, base64 before an array with a null. In 1.27 the null is what stood there before the base64, in older versions 0. If
 * the base64 has line breaks, 1.27 may write zeros behind the bytes it stands for, which this decoder doesn't.
 *
 * Source: cmd/go/internal/cache/prog.go, readLoop: json.NewDecoder and Decode into a cacheprog.Response.
 */
export class ResponseDecoder {
  readonly #maxBytes: number;
  readonly #scanner = new Scanner();
  /** The start of a response that isn't complete yet. */
  readonly #held = new GrowingBuffer();
  /** The number of bytes before the current chunk. */
  #before = 0;
  #error: DecodeError | undefined;

  /**
   * @param options.maxBytes the most bytes a response may have, 1 to 2^30; 4 MiB by default
   * @throws {ArgumentError} if maxBytes is out of range
   */
  constructor(options: { readonly maxBytes?: number } = {}) {
    const { maxBytes = defaultMaxBytes } = options;
    if (!Number.isInteger(maxBytes) || maxBytes < 1 || maxBytes > greatestMaxBytes)
      throw new ArgumentError(`maxBytes is ${maxBytes}; expected an integer from 1 to ${greatestMaxBytes}`);
    this.#maxBytes = maxBytes;
  }

  /**
   * Decodes a chunk, and passes on the responses that end in it, in order. The chunk isn't kept.
   *
   * @param onResponse must not throw
   * @throws {DecodeError} if go would refuse the stream; every later call throws the same error
   */
  push(chunk: Uint8Array, onResponse: (response: Response) => void): void {
    if (this.#error) throw this.#error;
    const fast = new FastReader(chunk);
    let at = this.#held.length > 0 ? this.#value(chunk, 0, onResponse) : 0;
    for (at = skipSpace(chunk, at); at < chunk.length; at = skipSpace(chunk, at)) {
      const response = fast.read(at);
      if (response !== undefined && fast.end - at <= this.#maxBytes) {
        at = fast.end;
        onResponse(response);
      } else at = this.#value(chunk, at, onResponse);
    }
    this.#before += chunk.length;
  }

  /**
   * Call at the end of the stream.
   * @throws {DecodeError} if it ended inside a response, or was refused before
   */
  end(): void {
    if (this.#error) throw this.#error;
    if (this.#held.length === 0) return;
    const start = this.#before - this.#held.length;
    const message = `the stream ended at byte ${this.#before}, inside the response that began at byte ${start}: ${this.#beginning()}`;
    this.#fail(message);
  }

  /** Reads a response that begins or continues at `at`. Returns where it ends, or the end of the chunk. */
  #value(bytes: Uint8Array, at: number, onResponse: (response: Response) => void): number {
    const to = Math.min(bytes.length, at + this.#maxBytes - this.#held.length);
    let end: number;
    try {
      end = this.#scanner.scan(bytes, at, to);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const found = byteText(bytes.subarray(error.at, error.end));
      const before = this.#context(bytes, at, error.at);
      this.#refuse(error.expected, this.#before + error.at, before, found);
    }
    if (end === -1) {
      this.#hold(bytes.subarray(at, to), to);
      return to;
    }
    onResponse(this.#read(bytes, at, end));
    return end;
  }

  #hold(bytes: Uint8Array, to: number): void {
    this.#held.append(bytes);
    if (this.#held.length < this.#maxBytes) return;
    const start = this.#before + to - this.#held.length;
    const message = `the response that began at byte ${start} is longer than ${this.#maxBytes} bytes, the most it may have: ${this.#beginning()}`;
    this.#fail(message);
  }

  /** Reads a response whose end the scanner has found. */
  #read(bytes: Uint8Array, at: number, end: number): Response {
    const start = this.#before + at - this.#held.length;
    let value = bytes.subarray(at, end);
    if (this.#held.length > 0) {
      this.#held.append(value);
      value = this.#held.bytes();
      this.#held.clear();
    }
    try {
      return readResponse(value);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const found = byteText(value, error.at, Math.min(error.end, error.at + shown.found + 1));
      const before = byteText(value, Math.max(0, error.at - shown.before - 1), error.at);
      return this.#refuse(error.expected, start + error.at, before, found, error.versions);
    }
  }

  /** The first bytes of the incomplete response. */
  #beginning(): string {
    return printable(byteText(this.#held.bytes().subarray(0, shown.found)), shown.found);
  }

  /** The bytes of the current response up to the one that was refused. */
  #context(bytes: Uint8Array, at: number, refused: number): string {
    return byteText(this.#held.bytes().subarray(-shown.before - 1)) + byteText(bytes.subarray(at, refused));
  }

  /** @param at the place in the stream of the fault; `context` is what came before it */
  #refuse(expected: string, at: number, context: string, found: string, versions?: string): never {
    const cut = context.length > shown.before;
    const before = (cut ? "…" : "") + printable(context.slice(-shown.before), shown.before);
    const after = before === "" ? "" : `, after ${before}`;
    const only = versions === undefined ? "" : ` (${versions} refuse it, other versions don't)`;
    const what = printable(found, shown.found);
    this.#fail(`at byte ${at}, found ${what}; expected ${expected}${after}${only}`, versions);
  }

  #fail(message: string, versions?: string): never {
    this.#held.clear();
    this.#error = new DecodeError(message, versions);
    throw this.#error;
  }
}

/** Returns the end of the white space at `from`. */
function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (isSpace(bytes[at])) at++;
  return at;
}
