/** Where the answers go. */
export interface Output {
  /**
   * Writes all of the bytes. A promise says that the reader has not taken them yet; nothing more is written until it
   * is fulfilled. Where the reader is gone, what is thrown or rejected has the code EPIPE.
   */
  write(bytes: Uint8Array): void | Promise<void>;
}

/** Who is told how the answers go out. */
export interface AnswersListener {
  /** After each write that the reader has taken. */
  space(): void;
  /** Once, if a write fails; nothing is written after that. */
  failed(error: unknown): void;
}

const encoder = new TextEncoder();

/**
 * The answers on their way out: one writer, each answer whole, those of one turn together in one write. `send` never
 * waits, so a client that writes many requests before it reads an answer blocks nobody.
 */
export class Answers {
  readonly #output: Output;
  #listener: AnswersListener | undefined;
  #queue = "";
  /** How much of what the reader has not taken is in the queue no more, in characters. */
  #out = 0;
  #isDue = false;
  /** The write that the reader has not taken yet. */
  #writing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(output: Output) {
    this.#output = output;
  }

  /** Sets who is told. Of a failure that was before, it is told now. */
  tell(listener: AnswersListener): void {
    this.#listener = listener;
    if (this.#failure !== undefined) listener.failed(this.#failure.error);
  }

  /** How much the reader has not taken yet, in characters. */
  get length(): number {
    return this.#out + this.#queue.length;
  }

  /** Writes an answer in a write of its own, if nothing waits. */
  sendAlone(answer: string): void {
    this.#queue += answer;
    this.flush();
  }

  /** Writes an answer with the others of this turn. */
  send(answer: string): void {
    if (this.#failure !== undefined) return;
    this.#queue += answer;
    if (this.#isDue) return;
    this.#isDue = true;
    // nextTick comes after all that this turn still has to answer.
    process.nextTick(() => {
      this.#isDue = false;
      this.flush();
    });
  }

  /** Writes what was sent, as far as the reader takes it at once. Returns whether that was all. */
  flush(): boolean {
    while (this.#queue !== "" && this.#writing === undefined) this.#write();
    return this.#writing === undefined;
  }

  /** Fulfilled when everything that was sent is written, or nothing can be any more. */
  async flushed(): Promise<void> {
    while (!this.flush()) await this.#writing;
  }

  #write(): void {
    const bytes = encoder.encode(this.#queue);
    this.#out = this.#queue.length;
    this.#queue = "";
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
    this.#out = 0;
    this.#listener?.failed(error);
  }
}
