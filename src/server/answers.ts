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

/** So much text is made bytes while the reader takes none: the text of many small answers takes twenty times its length. */
const packed = 64 * 1024;

/**
 * The answers on their way out: one writer, each answer whole, those of one turn together in one write. `send` never
 * waits, so a client that writes many requests before it reads an answer blocks nobody.
 */
export class Answers {
  readonly #output: Output;
  #listener: AnswersListener | undefined;
  #queue = "";
  /** What comes before the queue. */
  #packs: Uint8Array[] = [];
  #packedBytes = 0;
  /** How much of what the reader has not taken is in none of them any more, in bytes. */
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

  /** How much the reader has not taken yet, in bytes, or characters for the last of it. */
  get length(): number {
    return this.#out + this.#packedBytes + this.#queue.length;
  }

  /** Writes an answer in a write of its own, if nothing waits. */
  sendAlone(answer: string): void {
    this.#add(answer);
    this.flush();
  }

  /** Writes an answer with the others of this turn. */
  send(answer: string): void {
    if (this.#failure !== undefined) return;
    this.#add(answer);
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
    while (this.#writing === undefined && (this.#queue !== "" || this.#packs.length > 0)) this.#write();
    return this.#writing === undefined;
  }

  /** Fulfilled when everything that was sent is written, or nothing can be any more. */
  async flushed(): Promise<void> {
    while (!this.flush()) await this.#writing;
  }

  #add(answer: string): void {
    this.#queue += answer;
    if (this.#writing === undefined || this.#queue.length < packed) return;
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
