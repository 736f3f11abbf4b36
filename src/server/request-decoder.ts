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

/** No request is longer than this, in bytes; go's have about 200. The body is not part of it. */
const longestRequest = 1024 * 1024;
/** A request on a line of its own is looked for in so many bytes; any other takes the slower way. */
const longestLine = 4096;
/** So many bytes at a time go that slower way. */
const scanned = 512;
/** So many characters of a body are decoded at a time. */
const decoded = 256 * 1024;
/** So much of what was found goes into the message of an error, in bytes. */
const shown = 40;

/**
 * What {@link RequestDecoder.next} finds, in the order of the bytes. A request whose `bodySize` is above 0 is followed
 * by its body, in any number of chunks, and by one `end`, which says what was wrong with the body, if anything was.
 */
export type RequestEvent =
  | { readonly kind: "request"; readonly request: Request }
  | { readonly kind: "body"; readonly bytes: Uint8Array }
  | { readonly kind: "end"; readonly problem: CacheProgError | undefined };

/** The body that is being read. */
interface OpenBody {
  readonly decoder: BodyDecoder;
  readonly name: string;
  /** How long the request says that it is. */
  readonly size: number;
  /** How many bytes of it were read. */
  read: number;
  /** Its opening quote was there. */
  quoted: boolean;
}

/**
 * Turns the bytes of stdin into requests. A request is taken as soon as its last byte is there: with an empty line
 * after it, as go writes it, without one, glued to the next, over several lines. A body is given in chunks as it
 * comes and is never collected.
 *
 * A chunk is given to `push`, and `next` is called until it returns null; after that no memory of the chunk is in use.
 * A body whose length is not its BodySize does no harm to what follows, and is told at its `end`; no more than
 * BodySize bytes of it are given. Everything else that is wrong is thrown, and nothing can be read after that.
 *
 * Source: cmd/go/internal/cacheprog (Request), cmd/go/internal/cache/prog.go (writeToChild).
 */
export class RequestDecoder {
  #chunk: Uint8Array = new Uint8Array(0);
  #at = 0;
  readonly #scanner = new Scanner();
  /** The beginning of a request whose end is still to come. */
  #begun = "";
  #body: OpenBody | undefined;
  #failure: unknown;

  /** Gives the bytes that follow. Everything before them has been read: `next` returned null. */
  push(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.#at = 0;
  }

  /**
   * What comes next, or null where more bytes are needed to tell.
   * @param target where the bytes of a body go, as many as have room; without it they get memory of their own
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

  /** Says that stdin ended. @throws {CacheProgError} `PROTOCOL_ERROR` where that is inside of a request or a body */
  end(): void {
    if (this.#body !== undefined) {
      const { name, size, read } = this.#body;
      throw malformed(`stdin ended inside ${name}: ${read} of ${size} bytes were there`);
    }
    if (this.#begun !== "") {
      throw malformed(`stdin ended inside a request: "${printable(this.#begun, shown)}" was there`);
    }
  }

  /** Goes to the next byte that is no white space. Returns whether there is one. */
  #skipSpace(): boolean {
    const chunk = this.#chunk;
    let at = this.#at;
    while (isSpace(chunk[at])) at++;
    this.#at = at;
    return at < chunk.length;
  }

  /** The common case: an object that begins here and ends where its line does. */
  #wholeLine(): Request | undefined {
    if (this.#begun !== "" || this.#chunk[this.#at] !== openBrace) return undefined;
    const end = this.#chunk.indexOf(newline, this.#at);
    if (end === -1 || end - this.#at > longestLine) return undefined;
    const text = utf8(this.#chunk, this.#at, end);
    let fields: Fields;
    try {
      fields = parseObject(text);
    } catch {
      // It is more or less than one line, or it is wrong; the scanner tells which, and where.
      return undefined;
    }
    this.#at = end + 1;
    return readRequest(fields, text);
  }

  /** Any other case: looks for the end of the object byte by byte, and refuses at once what no JSON has there. */
  #scan(): Request | undefined {
    while (this.#at < this.#chunk.length) {
      const piece = this.#chunk.subarray(this.#at, this.#at + scanned);
      const end = this.#endIn(piece);
      this.#at += end ?? piece.length;
      const text = this.#begun + byteText(piece, 0, end);
      if (text.length > longestRequest) throw malformed(`a request is longer than ${longestRequest} bytes`);
      this.#begun = end === undefined ? text : "";
      if (end !== undefined) return asRequest(decodeUtf8(Buffer.from(text, "latin1")));
    }
    return undefined;
  }

  /** Where the object ends in the piece that comes next of it; undefined where it does not. */
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
    // Two groups of room are for what the last piece left over.
    const most = target === undefined ? decoded : Math.floor(target.length / 3) * 4 - 8;
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
    const problem = malformed(`${body.name} has ${body.read} bytes, and its BodySize says ${body.size}`);
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

/** What `read` returns; an error of it is said to be of this body. */
function inBody<T>(body: OpenBody, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const why = reason(cause);
    throw malformed(`${body.name}, after ${body.read} of ${body.size} bytes: ${why}`, cause);
  }
}

/** The text of some bytes of UTF-8. Without a Buffer around them, which would take as long to make. */
function utf8(bytes: Uint8Array, from: number, to: number): string {
  return Buffer.prototype.toString.call(bytes, "utf8", from, to);
}

function malformed(what: string, cause?: unknown): CacheProgError {
  return new CacheProgError("PROTOCOL_ERROR", what, { cause });
}
