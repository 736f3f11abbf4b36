import type { ReadableStreamDefaultReader } from "node:stream/web";

/** So long are chunks handed out one after the other before timers and signals have their turn, in ms. */
const longestTurn = 50;

/**
 * Reads a pipe of a program. Bun hands out what comes without a turn of the event loop for as long as there is more,
 * and a program that writes faster than we read would stop all timers, and so our deadlines: this lets them run.
 */
export class PipeReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #turnBegan = performance.now();

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** The next chunk; undefined at the end, however it came: a broken pipe is one. */
  async read(): Promise<Uint8Array | undefined> {
    if (performance.now() - this.#turnBegan > longestTurn) {
      // A timer, and no immediate: it has its turn after all those that are due, and before no other.
      await new Promise((resolve) => setTimeout(resolve, 0));
      this.#turnBegan = performance.now();
    }
    try {
      return (await this.#reader.read()).value;
    } catch {
      return undefined;
    }
  }

  cancel(): void {
    this.#reader.cancel().catch(() => {});
  }
}
