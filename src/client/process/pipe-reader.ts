import type { ReadableStreamDefaultReader } from "node:stream/web";

/** How long chunks are passed on before yielding to timers and signals, in ms. */
const longestTurn = 50;

/**
 * Reads a pipe of a program. While data keeps coming, Bun delivers chunks without a turn of the event loop (Bun 1.4.5), so
 * a program that writes faster than we read would stop all timers, including our deadlines. This reader yields to them.
 */
export class PipeReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #turnBegan = performance.now();

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader();
  }

  /** Reads the next chunk; undefined at the end. A broken pipe counts as the end. */
  async read(): Promise<Uint8Array | undefined> {
    if (performance.now() - this.#turnBegan > longestTurn) {
      // setTimeout, not setImmediate: it runs after every timer that is already due.
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
