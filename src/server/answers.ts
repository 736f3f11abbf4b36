/** Where the answers go. */
export interface Output {
  /**
   * Writes all of the bytes. A promise says that the reader has not taken them yet; nothing more is written until it
   * is fulfilled. Where the reader is gone, what is thrown or rejected has the code EPIPE.
   */
  write(bytes: Uint8Array): void | Promise<void>;
}

/**
 * The answers on their way out: one writer, each answer whole, those of one turn together in one write. `send` never
 * waits, so a client that writes many requests before it reads an answer blocks nobody.
 */
export class Answers {
  readonly #output: Output;
  readonly #onSpace: () => void;
  readonly #onFailure: (error: unknown) => void;
  #queue: Uint8Array[] = [];
  #length = 0;
  #writing: Promise<void> | undefined;
  #failed = false;

  /**
   * @param onSpace told after each write
   * @param onFailure told once, if a write fails; nothing is written after that
   */
  constructor(output: Output, onSpace: () => void, onFailure: (error: unknown) => void) {
    this.#output = output;
    this.#onSpace = onSpace;
    this.#onFailure = onFailure;
  }

  /** How many bytes the reader has not taken yet. */
  get length(): number {
    return this.#length;
  }

  send(answer: Uint8Array): void {
    if (this.#failed) return;
    this.#queue.push(answer);
    this.#length += answer.length;
    this.#writing ??= this.#write();
  }

  /** Fulfilled when everything that was sent is written, or nothing can be any more. */
  async flushed(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    try {
      // nextTick comes after all that this turn still has to answer.
      await new Promise<void>((resolve) => process.nextTick(resolve));
      while (this.#queue.length > 0) {
        const batch = join(this.#queue);
        this.#queue = [];
        await this.#output.write(batch);
        this.#length -= batch.length;
        this.#onSpace();
      }
    } catch (error) {
      this.#failed = true;
      this.#queue = [];
      this.#length = 0;
      this.#onFailure(error);
    }
    this.#writing = undefined;
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
