import { CacheProgError } from "../errors.ts";
import { decodeBase64 } from "./base64.ts";
import { byteText } from "./byte-text.ts";

const quote = 0x22;
const newline = 0x0a;
const padding = 0x3d;
const text = new TextEncoder();
const nothing = new Uint8Array(0);

/**
 * Turns the body of a put into the bytes of its line: `"`, base64 in the standard alphabet with padding, `"`, a
 * newline. The body comes in chunks of any size; no more than one chunk is held.
 *
 * Source: cmd/go/internal/cache/prog.go, writeToChild. A body of no bytes has no line at all: encode nothing then.
 */
export class BodyEncoder {
  /** What the last chunk left over: 0 to 2 bytes that are no whole group of three. */
  #rest = nothing;
  #scratch = nothing;
  #opened = false;

  /** The bytes for the next chunk of the body. They are valid until the next call, which reuses their memory. */
  push(chunk: Uint8Array): Uint8Array {
    const out = this.#reserve(1 + 4 * Math.ceil((this.#rest.length + chunk.length) / 3));
    let length = this.#open(out);
    let from = 0;
    if (this.#rest.length > 0) {
      from = Math.min(3 - this.#rest.length, chunk.length);
      const group = concat(this.#rest, chunk.subarray(0, from));
      if (group.length < 3) {
        this.#rest = group;
        return out.subarray(0, length);
      }
      length += encodeInto(group, out, length);
    }
    const whole = chunk.length - ((chunk.length - from) % 3);
    length += encodeInto(chunk.subarray(from, whole), out, length);
    this.#rest = copy(chunk.subarray(whole));
    return out.subarray(0, length);
  }

  /** The bytes that end the line: what is left of the body, the closing quote, the newline. */
  end(): Uint8Array {
    const out = this.#reserve(1 + 4 + 2);
    let length = this.#open(out);
    length += encodeInto(this.#rest, out, length);
    out[length++] = quote;
    out[length++] = newline;
    return out.subarray(0, length);
  }

  #open(out: Uint8Array): number {
    if (this.#opened) return 0;
    this.#opened = true;
    out[0] = quote;
    return 1;
  }

  #reserve(length: number): Uint8Array {
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(length);
    return this.#scratch;
  }
}

function encodeInto(bytes: Uint8Array, out: Uint8Array, at: number): number {
  return bytes.length === 0 ? 0 : text.encodeInto(bytes.toBase64(), out.subarray(at)).written;
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

  /** @throws {CacheProgError} `PROTOCOL_ERROR` where the text is not base64 */
  push(chunk: Uint8Array): Uint8Array {
    const input = this.#rest.length === 0 ? chunk : concat(this.#rest, chunk);
    const whole = input.length - (input.length % 4);
    this.#rest = copy(input.subarray(whole));
    if (this.#ended && input.length > 0) throw malformed("there is more after the padding");
    return whole === 0 ? nothing : this.#decode(input.subarray(0, whole));
  }

  /** Says that the closing quote was there. @throws {CacheProgError} `PROTOCOL_ERROR` where the last group is not whole */
  end(): void {
    if (this.#rest.length > 0) throw malformed("the last group of four characters is not whole");
  }

  #decode(groups: Uint8Array): Uint8Array {
    this.#ended = groups[groups.length - 1] === padding;
    const bytes = decodeBase64(byteText(groups));
    if (bytes === undefined)
      throw malformed("a character is not of the standard alphabet, or padding stands inside");
    return bytes;
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
