import { CacheProgError } from "../errors.ts";
import { reason } from "../trouble.ts";
import { BodyDecoder } from "../wire/body.ts";
import { byteText, decodeUtf8, printable } from "../wire/json/byte-text.ts";
import { Refusal } from "../wire/json/refusal.ts";
import { isSpace, Scanner } from "../wire/json/scanner.ts";
import type { Request } from "../wire/messages.ts";
import { type Fields, parseObject, readRequest } from "./request-object.ts";

const quote = 0x22;
const newline = 0x0a;
const openBrace = 0x7b;

/** The longest request accepted, in bytes, without its body. go's requests have about 200. */
const longestRequest = 1024 * 1024;
/** The longest line, in bytes, on the fast path for a request on a line of its own. */
const longestLine = 4096;
/** How many bytes the slow path scans at a time. */
const scanSize = 512;
/** How many characters of a body are decoded at a time. */
const decodeSize = 256 * 1024;
/** How much of the input an error message shows, in bytes. */
const shown = 40;

/**
 * A result of {@link RequestDecoder.next}. After a request with a `bodySize` above 0 come its body, in any number of
 * chunks, and one `end`, with the problem if the body is wrong.
 */
export type RequestEvent =
  | { readonly kind: "request"; readonly request: Request }
  | { readonly kind: "body"; readonly bytes: Uint8Array }
  | { readonly kind: "end"; readonly problem: CacheProgError | undefined };

/** The state of the current body. */
interface OpenBody {
  readonly decoder: BodyDecoder;
  readonly name: string;
  /** The BodySize of the request. */
  readonly size: number;
  /** How many bytes of the body are decoded. */
  read: number;
  /** Whether the opening quote was read. */
  quoted: boolean;
}

/**
 * Decodes the bytes of stdin into requests. A request is complete at its last byte, whether an empty line follows, as
 * go writes it, or none, or the next request directly, and it may span several lines. A body is returned in chunks as
 * it arrives and is never collected.
 *
 * Pass a chunk to `push`, then call `next` until it returns null; after that the chunk's memory isn't used any more.
 * If a body isn't BodySize bytes long, its `end` has the problem, and decoding continues with the next request; no
 * more than BodySize bytes are returned. Any other fault is thrown and ends the decoding.
 *
 * Source: cmd/go/internal/cacheprog (Request), cmd/go/internal/cache/prog.go (writeToChild).
 */
export class RequestDecoder {
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  readonly #scanner = new Scanner();
  /** The first part of an incomplete request. */
  #begun = "";
  #body: OpenBody | undefined;
  #failure: unknown;

  /** Sets the next chunk. Call it only after `next` has returned null. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /**
   * The next event, or null if it needs more bytes.
   * @param target a buffer for the bytes of a body, which limits the chunk; without it each chunk gets new memory
   * @throws {CacheProgError} `PROTOCOL_ERROR`; every later call throws the same error
   */
  next(target?: Uint8Array): RequestEvent | null {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return this.#next(target);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  #next(target: Uint8Array | undefined): RequestEvent | null {
    if (this.#body !== undefined) return this.#nextOfBody(this.#body, target);
    if (this.#begun === "" && !this.#skipSpace()) return null;
    const request = this.#wholeLine() ?? this.#scan();
    if (request === undefined) return null;
    if (request.bodySize) {
      const name = `the body of request ${request.id}`;
      this.#body = { decoder: new BodyDecoder(), name, size: request.bodySize, read: 0, quoted: false };
    }
    return { kind: "request", request };
  }

  /** Call it when stdin has ended. @throws {CacheProgError} `PROTOCOL_ERROR`: it ended inside a request or a body */
  end(): void {
    if (this.#body !== undefined) {
      const { name, size, read } = this.#body;
      throw malformed(`stdin ended inside ${name}, after ${read} of ${size} bytes`);
    }
    if (this.#begun !== "") {
      throw malformed(`stdin ended inside a request, after "${printable(this.#begun, shown)}"`);
    }
  }

  /** Skips white space. Returns whether the chunk has more bytes. */
  #skipSpace(): boolean {
    const chunk = this.#chunk;
    let at = this.#at;
    while (isSpace(chunk[at])) at++;
    this.#at = at;
    return at < chunk.length;
  }

  /** The fast path: an object that fills the rest of its line. */
  #wholeLine(): Request | undefined {
    if (this.#begun !== "" || this.#chunk[this.#at] !== openBrace) return undefined;
    const end = this.#chunk.indexOf(newline, this.#at);
    if (end === -1 || end - this.#at > longestLine) return undefined;
    const text = utf8(this.#chunk, this.#at, end);
    let fields: Fields;
    try {
      fields = parseObject(text);
    } catch {
      // The request spans lines, shares its line with another or is malformed. The scanner finds out.
      return undefined;
    }
    this.#at = end + 1;
    return readRequest(fields, text);
  }

  /** The slow path: finds the end of the object byte by byte, and throws at the first byte that isn't JSON. */
  #scan(): Request | undefined {
    while (this.#at < this.#chunk.length) {
      const piece = this.#chunk.subarray(this.#at, this.#at + scanSize);
      const end = this.#endIn(piece);
      this.#at += end ?? piece.length;
      const text = this.#begun + byteText(piece, 0, end);
      if (text.length > longestRequest) throw malformed(`a request is longer than ${longestRequest} bytes`);
      this.#begun = end === undefined ? text : "";
      if (end !== undefined) return asRequest(decodeUtf8(Buffer.from(text, "latin1")));
    }
    return undefined;
  }

  /** The offset of the object's end in its next piece; undefined if it doesn't end there. */
  #endIn(piece: Uint8Array): number | undefined {
    try {
      const end = this.#scanner.scan(piece, 0, piece.length);
      return end === -1 ? undefined : end;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const before = (this.#begun + byteText(piece, 0, error.at)).slice(-shown);
      const expected = before === "" ? "a request, which is a JSON object" : error.expected;
      const found = `"${printable(byteText(piece, error.at), shown)}"`;
      const after = before === "" ? "" : ` after "${printable(before, shown)}"`;
      throw malformed(`${found} was found on stdin${after}; expected ${expected}`);
    }
  }

  #nextOfBody(body: OpenBody, target: Uint8Array | undefined): RequestEvent | null {
    if (!body.quoted && !this.#openBody(body)) return null;
    // Leave room for two groups: the last piece may have left up to three characters.
    const most = target === undefined ? decodeSize : Math.floor(target.length / 3) * 4 - 8;
    while (this.#at < this.#chunk.length) {
      const piece = this.#chunk.subarray(this.#at, this.#at + most);
      const close = piece.indexOf(quote);
      if (close === 0) return this.#closeBody(body);
      const characters = close === -1 ? piece : piece.subarray(0, close);
      const bytes = inBody(body, () => decode(body.decoder, characters, target));
      this.#at += characters.length;
      const wanted = bytes.subarray(0, Math.max(0, body.size - body.read));
      body.read += bytes.length;
      if (wanted.length > 0) return { kind: "body", bytes: wanted };
    }
    return null;
  }

  #openBody(body: OpenBody): boolean {
    if (!this.#skipSpace()) return false;
    if (this.#chunk[this.#at] !== quote) {
      const found = printable(byteText(this.#chunk.subarray(this.#at, this.#at + 2 * shown)), shown);
      throw malformed(`"${found}" was found on stdin; expected ${body.name}, a JSON string of base64`);
    }
    this.#at++;
    body.quoted = true;
    return true;
  }

  #closeBody(body: OpenBody): RequestEvent {
    inBody(body, () => body.decoder.end());
    this.#at++;
    this.#body = undefined;
    if (body.read === body.size) return { kind: "end", problem: undefined };
    const problem = malformed(
      `${body.name} is ${body.read} bytes long; expected its BodySize of ${body.size}`,
    );
    return { kind: "end", problem };
  }
}

function decode(decoder: BodyDecoder, characters: Uint8Array, target: Uint8Array | undefined): Uint8Array {
  if (target === undefined) return decoder.push(characters);
  return target.subarray(0, decoder.pushInto(characters, target));
}

function asRequest(text: string): Request {
  let fields: Fields;
  try {
    fields = parseObject(text);
  } catch (cause) {
    const why = reason(cause);
    throw malformed(`"${printable(text, shown)}" was found on stdin; expected a request: ${why}`, cause);
  }
  return readRequest(fields, text);
}

/** Calls `read`, and adds the name of the body to its error. */
function inBody<T>(body: OpenBody, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const why = reason(cause);
    throw malformed(`${body.name}, after ${body.read} of ${body.size} bytes: ${why}`, cause);
  }
}

/** Decodes UTF-8. It makes no Buffer of the bytes first, because that would take as long as the decoding. */
function utf8(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.prototype.toString.call(bytes, "utf8", from, to);
}

function malformed(what: string, cause?: unknown): CacheProgError {
  return new CacheProgError("PROTOCOL_ERROR", what, { cause });
}
