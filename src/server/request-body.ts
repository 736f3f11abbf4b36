import { ArgumentError } from "../errors.ts";
import type { BodyReader } from "./handlers.ts";

/**
 * Carries a body from the decoder to a handler. It buffers chunks that the handler hasn't read yet and reports their
 * total, so Session can pause reading.
 */
export class RequestBody implements BodyReader {
  readonly #onKept: (bytes: number) => void;
  readonly #pull: (() => Uint8Array | undefined) | undefined;
  #kept: Uint8Array[] = [];
  #waiting: PromiseWithResolvers<Uint8Array | null> | undefined;
  #discarded = false;
  #ended = false;
  #problem: Error | undefined;
  #onEnd: ((problem: Error | undefined) => void) | undefined;

  /**
   * @param onKept called with the change in buffered bytes; negative when the buffer shrinks
   * @param pull blocks for the next chunk; returns undefined if it can't block, or if the body ended, after it called
   *   `end`
   */
  constructor(onKept: (bytes: number) => void, pull?: () => Uint8Array | undefined) {
    this.#onKept = onKept;
    this.#pull = pull;
  }

  /** An empty body that has ended. */
  static empty(): RequestBody {
    const body = new RequestBody(() => {});
    body.end(undefined);
    return body;
  }

  read(): Uint8Array | null | Promise<Uint8Array | null> {
    const chunk = this.#next();
    if (chunk !== undefined) return chunk;
    if (this.#problem !== undefined) throw this.#problem;
    if (this.#ended || this.#discarded) return null;
    if (this.#waiting !== undefined)
      throw new ArgumentError("read() was called before the last one finished; wait for its promise first");
    this.#waiting = Promise.withResolvers();
    // If the handler has stopped waiting, a rejection must not end the process as unhandled.
    this.#waiting.promise.catch(() => {});
    return this.#waiting.promise;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const next = this.read();
      const chunk = next instanceof Promise ? await next : next;
      if (chunk === null) return;
      yield chunk;
    }
  }

  /** Passes the next chunk to the waiting reader, or buffers it. */
  push(chunk: Uint8Array): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) {
      waiting.resolve(chunk);
    } else if (!this.#discarded) {
      this.#kept.push(chunk);
      this.#onKept(chunk.length);
    }
  }

  /** Ends the body. `problem` is the error for its reader, if the body doesn't match its request. */
  end(problem: Error | undefined): void {
    this.#ended = true;
    this.#problem = problem;
    if (problem === undefined) this.#waiting?.resolve(null);
    else this.#waiting?.reject(problem);
    this.#waiting = undefined;
    this.#onEnd?.(problem);
  }

  /** Drops the buffered chunks and all that follow: the handler is done. */
  discard(): void {
    this.#discarded = true;
    const length = this.#kept.reduce((sum, chunk) => sum + chunk.length, 0);
    this.#kept = [];
    if (length > 0) this.#onKept(-length);
    this.#waiting?.resolve(null);
    this.#waiting = undefined;
  }

  /** Calls `onEnd` when the body ends, or now if it has, with the problem passed to `end`. */
  whenEnded(onEnd: (problem: Error | undefined) => void): void {
    if (this.#ended) onEnd(this.#problem);
    else this.#onEnd = onEnd;
  }

  #next(): Uint8Array | undefined {
    const chunk = this.#kept.shift();
    if (chunk !== undefined) {
      this.#onKept(-chunk.length);
      return chunk;
    }
    const isOpen = !this.#ended && !this.#discarded && this.#waiting === undefined;
    return isOpen ? this.#pull?.() : undefined;
  }
}
