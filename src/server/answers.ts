/** Where responses are written. */
export interface Output {
  /**
   * Writes all of the bytes. Return a promise if the reader hasn't taken them yet; the next write waits for it. If the
   * reader is gone, throw or reject with an error that has the code EPIPE.
   */
  write(bytes: Uint8Array): void | Promise<void>;
}

/** Callbacks of {@link Answers}. */
export interface AnswersListener {
  /** Called after each write that the reader has taken. */
  space(): void;
  /** Called once, if a write fails. Nothing is written after that. */
  failed(error: unknown): void;
}

const encoder = new TextEncoder();

/**
 * Queued text of this length is encoded while the reader takes none: a string that was joined from many small
 * responses takes twenty times its length in memory.
 */
const packed = 64 * 1024;

/**
 * The queue of responses. One writer writes whole responses, and all that were queued since the last write in one. `add`
 * never waits, so a client may write many requests before it reads a response.
 */
export class Answers {
  readonly #output: Output;
  #listener: AnswersListener | undefined;
  #queue = "";
  /** Encoded responses, to be written before the queue. */
  #packs: Uint8Array[] = [];
  #packedBytes = 0;
  /** The size in bytes of the current write. */
  #out = 0;
  #isDue = false;
  /** The current write, until the reader has taken it. */
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Sets the listener. If a write has failed already, calls `failed` now. */
  listen(listener: AnswersListener): void {
    this.#listener = listener;
    if (this.#failure !== undefined) listener.failed(this.#failure.error);
  }

  /** The size of the responses that the reader hasn't taken: bytes, but characters for those not encoded yet. */
  get length(): number {
    return this.#out + this.#packedBytes + this.#queue.length;
  }

  /** Queues a response, to be written by the next {@link flush}. */
  add(answer: string): void {
    if (this.#failure !== undefined) return;
    this.#queue += answer;
    if (this.#writing !== undefined && this.#queue.length >= packed) this.#pack();
  }

  /** Calls {@link flush} at the end of this turn of the event loop. */
  flushSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    // nextTick runs after all other responses of this turn are queued.
    process.nextTick(() => {
      this.#isDue = false;
      this.flush();
    });
  }

  /** Writes the queue until the reader stops taking it. Returns whether everything is written. */
  flush(): boolean {
    while (this.#writing === undefined && (this.#queue !== "" || this.#packs.length > 0)) this.#write();
    return this.#writing === undefined;
  }

  /** Resolves when everything is written, or after a write has failed. */
  async flushed(): Promise<void> {
    while (!this.flush()) await this.#writing;
  }

  #pack(): void {
    const pack = this.#encodeQueue();
    this.#packs.push(pack);
    this.#packedBytes += pack.length;
  }

  #encodeQueue(): Uint8Array {
    const bytes = encoder.encode(this.#queue);
    this.#queue = "";
    return bytes;
  }

  #write(): void {
    const pack = this.#packs.shift();
    if (pack !== undefined) this.#packedBytes -= pack.length;
    const bytes = pack ?? this.#encodeQueue();
    this.#out = bytes.length;
    try {
      const taken = this.#output.write(bytes);
      if (taken instanceof Promise) this.#writing = this.#taken(taken);
      else this.#space();
    } catch (error) {
      this.#fail(error);
    }
  }

  async #taken(taken: Promise<void>): Promise<void> {
    try {
      await taken;
      this.#writing = undefined;
      this.#space();
      this.flush();
    } catch (error) {
      this.#writing = undefined;
      this.#fail(error);
    }
  }

  #space(): void {
    this.#out = 0;
    this.#listener?.space();
  }

  #fail(error: unknown): void {
    this.#failure = { error };
    this.#queue = "";
    this.#packs = [];
    this.#packedBytes = 0;
    this.#out = 0;
    this.#listener?.failed(error);
  }
}
