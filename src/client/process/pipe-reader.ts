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
  read(): Promise<Uint8Array | undefined> {
    const isLong = performance.now() - this.#turnBegan > longestTurn;
    return (isLong ? this.#readNextTurn() : this.#reader.read()).then(
      ({ value }) => value,
      () => undefined,
    );
  }

  async #readNextTurn(): Promise<{ readonly value?: Uint8Array | undefined }> {
    // setTimeout, not setImmediate: it runs after every timer that is already due.
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.#turnBegan = performance.now();
    return this.#reader.read();
  }

  cancel(): void {
    this.#reader.cancel().catch(() => {});
  }
}
