import { ArgumentError } from "../errors.ts";
import type { BodyReader } from "./handlers.ts";

/**
 * A body on its way from the decoder to a handler. What the handler has not read yet is kept here, and counted, so
 * that whoever feeds it can stop.
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
   * @param onKept told by how many bytes what is kept here has grown, or, where that is negative, shrunk
   * @param pull gets the next chunk while the process waits; undefined where it can not, or where the body ended
   *   meanwhile, which this one was told then
   */
  constructor(onKept: (bytes: number) => void, pull?: () => Uint8Array | undefined) {
    this.#onKept = onKept;
    this.#pull = pull;
  }

  /** A body of no bytes. */
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
      throw new ArgumentError("a body is read by one reader, one chunk at a time");
    this.#waiting = Promise.withResolvers();
    // A handler that gave up waiting for it must not end the process when it is rejected.
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

  /** The next chunk. It goes to the reader that waits for it, or is kept for the one that will. */
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

  /** Nothing follows. With a problem, the body is not what the request said, and its reader is told so. */
  end(problem: Error | undefined): void {
    this.#ended = true;
    this.#problem = problem;
    if (problem === undefined) this.#waiting?.resolve(null);
    else this.#waiting?.reject(problem);
    this.#waiting = undefined;
    this.#onEnd?.(problem);
  }

  /** Nobody reads it any more: what is here and what follows is thrown away. */
  discard(): void {
    this.#discarded = true;
    const length = this.#kept.reduce((sum, chunk) => sum + chunk.length, 0);
    this.#kept = [];
    if (length > 0) this.#onKept(-length);
    this.#waiting?.resolve(null);
    this.#waiting = undefined;
  }

  /** Calls back at the end of the body, or now if that was, with what was wrong with it if anything was. */
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
