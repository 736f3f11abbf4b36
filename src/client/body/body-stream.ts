import { checkAttached, isBytes } from "../../bytes.ts";
import { ArgumentError } from "../../errors.ts";
import { checkText, describe, shownPath } from "../../text.ts";
import { unreadable } from "./body-source.ts";

/** How long chunks are read before yielding to timers and signals, in ms. A stream may always have its next chunk ready. */
const longestTurn = 50;

/** A body that can be read only once, and whose size isn't known before its end. */
export type StreamedBody =
  | ReadableStream<Uint8Array | string>
  | Response
  | AsyncIterable<Uint8Array | string>;

export function isStreamed(body: unknown): body is StreamedBody {
  if (body === null || typeof body !== "object" || body instanceof Blob) return false;
  if (body instanceof ReadableStream || body instanceof Response) return true;
  return Symbol.asyncIterator in body && typeof body[Symbol.asyncIterator] === "function";
}

/** @throws {ArgumentError} if somebody else reads the stream, or part of it was read: the rest isn't the body */
export function checkStreamed(body: StreamedBody): void {
  const isResponse = body instanceof Response;
  const stream = isResponse ? body.body : body;
  const isLocked = stream instanceof ReadableStream && stream.locked;
  if (!isLocked && !(isResponse && body.bodyUsed) && !isDisturbed(stream) && !taken.has(stream ?? body))
    return;
  throw new ArgumentError(
    `the body is ${describe(body)} that is locked to a reader, or that was read from, cancelled or put before; expected one that nobody has read from`,
  );
}

/** The streams that puts have taken over and that can't be read twice: it may take a while until one is locked. */
const taken = new WeakSet<object>();

function take(body: StreamedBody): void {
  const stream = body instanceof Response ? body.body : body;
  // An iterable may begin anew for each reader, but not one that is its own iterator, or a stream of node:stream.
  if (stream instanceof ReadableStream || "next" in body || "destroy" in body) taken.add(stream ?? body);
}

function isDisturbed(stream: object | null): boolean {
  // Loaded when it's needed: node:stream takes 5 ms to load (Bun 1.4.5).
  const { Readable } = process.getBuiltinModule("node:stream");
  return Readable.isDisturbed(stream as NodeJS.ReadableStream); // false for anything that isn't a stream
}

/** What both kinds of readers have in common. */
interface Chunks {
  next(): Promise<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  cancel(reason: unknown): unknown;
}

/** A stream that a put has taken over. It is read to its end or cancelled. */
export class BodyStream {
  /** Names the body in messages. */
  readonly name: string;
  readonly #body: StreamedBody;
  /** Opened by the first read: Bun opens the file behind a stream as soon as it has a reader (Bun 1.4.5). */
  #chunks: Chunks | undefined;
  /** It has ended, failed or been cancelled. */
  #isOver = false;
  /** The first half of a character that two strings share. */
  #half = "";
  #turnBegan = performance.now();

  /** Doesn't throw for a stream that has passed {@link checkStreamed}. */
  constructor(body: StreamedBody) {
    this.name = nameOf(body);
    this.#body = body;
    take(body);
  }

  /**
   * Reads the next chunk, which is valid until the next read. Returns undefined at the end.
   *
   * @throws {CacheProgError} `BODY_UNREADABLE` if the stream fails
   * @throws {Error} for a chunk that is neither bytes nor a string, or a Response that can't be put
   */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#body instanceof Response) checkResponse(this.#body);
    if (performance.now() - this.#turnBegan > longestTurn) await this.#nextTurn();
    const { done, value } = await this.#next();
    if (!done) return this.#bytes(value);
    this.#isOver = true;
    checkText(this.#half, "its text");
    return undefined;
  }

  /** Tells the source that no more will be read. No effect once the stream has ended, failed or been cancelled. */
  cancel(reason: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancel(reason).catch(() => {}); // no one is left who could use it
  }

  async #cancel(reason: unknown): Promise<void> {
    this.#chunks ??= open(this.#body);
    await this.#chunks.cancel(reason);
  }

  async #next(): Promise<Awaited<ReturnType<Chunks["next"]>>> {
    if (this.#isOver) return { done: true };
    try {
      this.#chunks ??= open(this.#body);
      const { done, value } = await this.#chunks.next();
      return { done, value };
    } catch (cause) {
      this.#isOver = true;
      throw unreadable(this.name, cause); // also around a CacheProgError of another call, which the stream may fail with
    }
  }

  async #nextTurn(): Promise<void> {
    // setTimeout, not setImmediate: it runs after every timer that is already due.
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#turnBegan = performance.now();
  }

  #bytes(chunk: unknown): Uint8Array {
    if (typeof chunk === "string") return new TextEncoder().encode(this.#wholeCharacters(chunk));
    checkText(this.#half, "its text");
    if (!isBytes(chunk)) throw new Error(`a chunk is ${describe(chunk)}; expected a Uint8Array or a string`);
    checkAttached(chunk.buffer, "a chunk");
    return chunk;
  }

  /** Strings may be cut anywhere, even between the surrogates of one character. */
  #wholeCharacters(chunk: string): string {
    const text = this.#half + chunk;
    const last = text.charCodeAt(text.length - 1);
    const end = last >= 0xd800 && last <= 0xdbff ? text.length - 1 : text.length;
    this.#half = text.slice(end);
    const whole = text.slice(0, end);
    checkText(whole, "its text");
    return whole;
  }
}

function open(body: StreamedBody): Chunks {
  const stream = body instanceof Response ? body.body : body;
  if (stream instanceof ReadableStream) {
    // Not its async iterator: that would wait for a pending read before it cancels.
    const reader = stream.getReader();
    return { next: () => reader.read(), cancel: (reason) => reader.cancel(reason) };
  }
  if (stream === null) throw new Error("it has no body");
  const iterator = stream[Symbol.asyncIterator]();
  const destroy = () => {
    // The iterator of a node:stream ends it only if a chunk was read, and not during a read.
    if ("destroy" in stream && typeof stream.destroy === "function") stream.destroy();
    return iterator.return?.();
  };
  return { next: () => iterator.next(), cancel: destroy };
}

/** @throws {Error} for an error page: stored as a result, it would look like one for ever */
function checkResponse({ ok, status, body }: Response): void {
  if (ok && body === null) throw new Error('it has no body; expected one, if only ""');
  if (!ok)
    throw new Error(
      `it has status ${status}; expected 200 to 299; to store it nevertheless, put its \`body\` stream`,
    );
}

function nameOf(body: StreamedBody): string {
  if (!(body instanceof Response)) return body instanceof ReadableStream ? "(a stream)" : "(an iterable)";
  // Without the query: it may hold a secret.
  const url = URL.parse(body.url);
  return url?.protocol.startsWith("http") ? shownPath(`${url.origin}${url.pathname}`) : "(a Response)";
}
