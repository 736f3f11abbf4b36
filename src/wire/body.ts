import { CacheProgError } from "../errors.ts";
import { decodeBase64Into } from "./json/base64.ts";
import { byteText } from "./json/byte-text.ts";

const quote = 0x22;
const newline = 0x0a;
const padding = 0x3d;
const text = new TextEncoder();
const nothing = new Uint8Array(0);

/**
 * Turns the body of a put into the bytes of its line: `"`, base64 in the standard alphabet with padding, `"`, a
 * newline. The body comes in chunks of any size; no more than one chunk is held. After the end the next body may begin,
 * in the same memory.
 *
 * Source: cmd/go/internal/cache/prog.go, writeToChild. A body of no bytes has no line at all: encode nothing then.
 */
export class BodyEncoder {
  /** What the last chunk left over: 0 to 2 bytes that are no whole group of three. */
  #rest = nothing;
  #scratch = nothing;
  /** What goes out before the first group of the body. */
  #opening = '"';

  /** Begins a body with text, all of it ASCII, that goes out before its line and in one piece with its first bytes. */
  begin(before: string): void {
    this.#rest = nothing;
    this.#opening = `${before}"`;
  }

  /** The bytes for the next chunk of the body. They are valid until the next call, which reuses their memory. */
  push(chunk: Uint8Array): Uint8Array {
    const length = this.#encode(chunk);
    return this.#scratch.subarray(0, length);
  }

  /**
   * The bytes that end the line: what is left of the body, the closing quote, the newline.
   *
   * @param chunk the last chunk of the body, if it was not pushed
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

  /** Puts what goes out with a chunk at the start of the memory, where there is room for the end as well. */
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
 * How much is encoded at once, in bytes, whole groups of three. The text in between is garbage at once: in small pieces
 * it stays in the processor's cache, and less of it is there when it is collected. 12 KiB are no faster, and a put of a
 * file takes 4 MB more.
 */
const pieceSize = 6 * 1024;

/** Through the methods of Buffer, which need no view of each piece, nor of the room for it. */
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

/** The line of a small body as text: for a writer that joins it to its request. All of it is ASCII. */
export function bodyText(body: Uint8Array): string {
  return `"${body.toBase64()}"\n`;
}

/**
 * Turns the base64 of a body, what stands between the two quotes, back into its bytes, in chunks of any size.
 * Anything but the standard alphabet, whole groups of four, and padding at the end is refused.
 */
export class BodyDecoder {
  /** What the last chunk left over: 0 to 3 characters that are no whole group of four. */
  #rest = nothing;
  #ended = false;

  /** The bytes for the next chunk of text. @throws {CacheProgError} `PROTOCOL_ERROR` where the text is not base64 */
  push(chunk: Uint8Array): Uint8Array {
    const bytes = new Uint8Array(3 * Math.floor((this.#rest.length + chunk.length) / 4));
    return bytes.subarray(0, this.pushInto(chunk, bytes));
  }

  /**
   * {@link push}, with the bytes at the beginning of memory that is there: three for each four characters of the chunk
   * and of what the last one left over. Returns how many there are.
   * @throws {CacheProgError} `PROTOCOL_ERROR` where the text is not base64
   */
  pushInto(chunk: Uint8Array, target: Uint8Array): number {
    if (this.#ended && chunk.length > 0) throw malformed("there is more after the padding");
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
    if (this.#ended && chunk.length > from) throw malformed("there is more after the padding");
    if (whole > from) length += this.#decode(chunk.subarray(from, whole), target.subarray(length));
    if (whole < chunk.length) this.#rest = copy(chunk.subarray(whole));
    return length;
  }

  /** Says that the closing quote was there. @throws {CacheProgError} `PROTOCOL_ERROR` where the last group is not whole */
  end(): void {
    if (this.#rest.length > 0) throw malformed("the last group of four characters is not whole");
  }

  #decode(groups: Uint8Array, target: Uint8Array): number {
    const length = decodeBase64Into(byteText(groups), target);
    if (length === undefined)
      throw malformed("a character is not of the standard alphabet, or padding stands inside");
    this.#ended = groups[groups.length - 1] === padding;
    return length;
  }
}

function malformed(what: string): CacheProgError {
  return new CacheProgError("PROTOCOL_ERROR", `the body is not base64: ${what}`);
}

/** Not slice: that of a Buffer shares its memory, and a chunk is its owner's to write over. */
function copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
