import { CacheProgError } from "../errors.ts";
import { hasCode, reason } from "../trouble.ts";

/**
 * The bytes from the client. `wait` blocks for them, until the first call of `next`. From then on only `next` reads
 * them, because the event loop reads ahead.
 */
export class Input {
  readonly #input: AsyncIterable<Uint8Array>;
  #wait: (() => Uint8Array | undefined) | undefined;
  #chunks: AsyncIterator<Uint8Array> | undefined;
  #isOver = false;

  /** @param wait blocks for the next bytes and returns undefined at the end; leave it out to forbid blocking */
  constructor(input: AsyncIterable<Uint8Array>, wait?: () => Uint8Array | undefined) {
    this.#input = input;
    this.#wait = wait;
  }

  /** Whether `wait` can block for bytes. */
  get canWait(): boolean {
    return this.#wait !== undefined && !this.#isOver;
  }

  /** Blocks for the next chunk. Returns undefined if it can't block, or at the end; `next` tells which. */
  wait(): Uint8Array | undefined {
    if (this.#wait === undefined || this.#isOver) return undefined;
    try {
      const chunk = this.#wait();
      this.#isOver = chunk === undefined;
      return chunk;
    } catch {
      // `next` reports the same error, or succeeds if another process made stdin non-blocking.
      return undefined;
    }
  }

  /** The next chunk; undefined at the end. @throws {CacheProgError} `EXITED`: the input can't be read */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#isOver) return undefined;
    this.#wait = undefined;
    this.#chunks ??= this.#input[Symbol.asyncIterator]();
    try {
      const { done, value } = await this.#chunks.next();
      return done ? undefined : value;
    } catch (cause) {
      // A client that dies with unread responses resets a socket; a pipe would end.
      if (hasCode(cause, "ECONNRESET")) return undefined;
      throw new CacheProgError("EXITED", `can't read stdin: ${reason(cause)}`, { cause });
    }
  }

  /** Stops reading, so that the input doesn't keep the process alive. */
  release(): void {
    this.#chunks?.return?.()?.catch(() => {});
  }
}
