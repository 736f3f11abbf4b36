import { CacheProgError } from "../errors.ts";
import { hasCode, reason } from "../trouble.ts";

/**
 * What the client writes. First the process waits for it, where that may be; from the first `next` on it is for the
 * event loop, which reads ahead, and so for good.
 */
export class Input {
  readonly #input: AsyncIterable<Uint8Array>;
  #wait: (() => Uint8Array | undefined) | undefined;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  #isOver = false;

  /** @param wait waits for the next bytes without the event loop, if that may be; undefined is the end */
  constructor(input: AsyncIterable<Uint8Array>, wait?: () => Uint8Array | undefined) {
    this.#input = input;
    this.#wait = wait;
  }

  /** Whether it can be waited for. */
  get canWait(): boolean {
    return this.#wait !== undefined && !this.#isOver;
  }

  /** The next chunk, for which the process waits; undefined where it can not, or at the end. `next` tells which. */
  wait(): Uint8Array | undefined {
    if (this.#wait === undefined || this.#isOver) return undefined;
    try {
      const chunk = this.#wait();
      this.#isOver = chunk === undefined;
      return chunk;
    } catch {
      // The event loop meets the same error, or can do better: with a stdin that somebody made non-blocking.
      return undefined;
    }
  }

  /** The next chunk; undefined at the end. @throws {CacheProgError} `EXITED`: it can not be read */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#isOver) return undefined;
    this.#wait = undefined;
    this.#chunks ??= this.#input[Symbol.asyncIterator]();
    try {
      const { done, value } = await this.#chunks.next();
      return done ? undefined : value;
    } catch (cause) {
      // A client that dies with answers unread resets a socket, where a pipe would just end.
      if (hasCode(cause, "ECONNRESET")) return undefined;
      throw new CacheProgError("EXITED", `stdin can not be read: ${reason(cause)}`, { cause });
    }
  }

  /** Lets go of the input: nothing more is read. */
  release(): void {
    this.#chunks?.return?.()?.catch(() => {});
  }
}
