import { CacheProgError } from "../errors.ts";
import { decodeBase64Into } from "./json/base64.ts";
import { byteText } from "./json/byte-text.ts";

const quote = 0x22;
const newline = 0x0a;
const padding = 0x3d;
const text = new TextEncoder();
const nothing = new Uint8Array(0);

/**
 * Encodes the body of a put as one line: `"`, standard base64 with padding, `"`, newline. The body may come in chunks
 * of any size; the encoder holds at most one. After `end` it's ready for the next body and reuses its memory.
 *
 * An empty body has no line: don't encode it. Source: cmd/go/internal/cache/prog.go, writeToChild.
 */
export class BodyEncoder {
  /** The 0 to 2 bytes at the end of the last chunk that didn't fill a group of three. */
  #rest = nothing;
  #scratch = nothing;
  /** Text to write before the first group of the body. */
  #opening = '"';

  /** Starts a body. `before` is ASCII text to write in front of its line, in one piece with its first bytes. */
  begin(before: string): void {
    this.#rest = nothing;
    this.#opening = `${before}"`;
  }

  /** Encodes the next chunk. The result is valid until the next call, which reuses its memory. */
  push(chunk: Uint8Array): Uint8Array {
    const length = this.#encode(chunk);
    return this.#scratch.subarray(0, length);
  }

  /**
   * Ends the line: the rest of the body, the closing quote and the newline.
   *
   * @param chunk the last chunk of the body, unless it was pushed already
   */
  end(chunk: Uint8Array = nothing): Uint8Array {
    let length = this.#encode(chunk);
    const out = this.#scratch;
    length += encodeInto(this.#rest, out, length);
    out[length++] = quote;
    out[length++] = newline;
    this.begin("");
    return out.subarray(0, length);
  }

  /** Encodes a chunk into the start of the scratch memory, and reserves room for the end of the line. */
  #encode(chunk: Uint8Array): number {
    const groups = Math.ceil((this.#rest.length + chunk.length) / 3);
    const out = this.#reserve(this.#opening.length + 4 * groups + '"\n'.length);
    let length = text.encodeInto(this.#opening, out).written;
    this.#opening = "";
    let from = 0;
    if (this.#rest.length > 0) {
      from = Math.min(3 - this.#rest.length, chunk.length);
      const group = concat(this.#rest, chunk.subarray(0, from));
      if (group.length < 3) {
        this.#rest = group;
        return length;
      }
      length += encodeInto(group, out, length);
    }
    const whole = chunk.length - ((chunk.length - from) % 3);
    length += encodeInto(chunk.subarray(from, whole), out, length);
    this.#rest = whole === chunk.length ? nothing : copy(chunk.subarray(whole));
    return length;
  }

  #reserve(length: number): Uint8Array {
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(length);
    return this.#scratch;
  }
}

/**
 * How many bytes to encode at once; a multiple of three. Each piece makes a short-lived string: a small one stays in the
 * CPU cache, and there's less to collect. 12 KiB is no faster, and costs 4 MB more for the put of a file.
 */
const pieceSize = 6 * 1024;

/** Calls the methods of Buffer directly: they need no view of each piece, nor of the memory it goes to. */
function encodeInto(bytes: Uint8Array, out: Uint8Array, at: number): number {
  let end = at;
  for (let from = 0; from < bytes.length; from += pieceSize) {
    const piece = Buffer.prototype.toString.call(
      bytes,
      "base64",
      from,
      Math.min(bytes.length, from + pieceSize),
    );
    end += Buffer.prototype.write.call(out, piece, end, "latin1");
  }
  return end - at;
}

/** The line of a small body as ASCII text, to be joined to its request. */
export function bodyText(body: Uint8Array): string {
  return `"${body.toBase64()}"\n`;
}

/**
 * Decodes the base64 between the two quotes of a body, in chunks of any size. It accepts only the standard alphabet in
 * whole groups of four, with padding at the end.
 */
export class BodyDecoder {
  /** The 0 to 3 characters at the end of the last chunk that didn't fill a group of four. */
  #rest = nothing;
  #ended = false;

  /** Decodes the next chunk. @throws {CacheProgError} `PROTOCOL_ERROR` if it isn't base64 */
  push(chunk: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(3 * Math.floor((this.#rest.length + chunk.length) / 4));
    return bytes.subarray(0, this.pushInto(chunk, bytes));
  }

  /**
   * Like {@link push}, but writes to the start of `target`, and returns the number of bytes. `target` needs three bytes for
   * each four characters of this chunk and the rest of the last one.
   * @throws {CacheProgError} `PROTOCOL_ERROR` if the chunk isn't base64
   */
  pushInto(chunk: Uint8Array, target: Uint8Array): number {
    if (this.#ended && chunk.length > 0) throw malformed("it goes on after the padding");
    let from = 0;
    let length = 0;
    if (this.#rest.length > 0) {
      from = Math.min(4 - this.#rest.length, chunk.length);
      this.#rest = concat(this.#rest, chunk.subarray(0, from));
      if (this.#rest.length < 4) return 0;
      length = this.#decode(this.#rest, target);
      this.#rest = nothing;
    }
    const whole = chunk.length - ((chunk.length - from) % 4);
    if (this.#ended && chunk.length > from) throw malformed("it goes on after the padding");
    if (whole > from) length += this.#decode(chunk.subarray(from, whole), target.subarray(length));
    if (whole < chunk.length) this.#rest = copy(chunk.subarray(whole));
    return length;
  }

  /** Call at the closing quote. @throws {CacheProgError} `PROTOCOL_ERROR` if the last group isn't whole */
  end(): void {
    if (this.#rest.length > 0) throw malformed("the last group has fewer than four characters");
  }

  #decode(groups: Uint8Array, target: Uint8Array): number {
    const length = decodeBase64Into(byteText(groups), target);
    if (length === undefined)
      throw malformed("it has a character outside the standard alphabet, or padding before the end");
    this.#ended = groups[groups.length - 1] === padding;
    return length;
  }
}

function malformed(what: string): CacheProgError {
  return new CacheProgError("PROTOCOL_ERROR", `the body isn't base64: ${what}`);
}

/** Not slice(): a Buffer's slice shares memory, and the caller may overwrite the chunk. */
function copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
