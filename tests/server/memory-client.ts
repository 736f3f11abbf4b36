import type { ServeIO } from "../../src/server/index.ts";

/** An answer as JSON has it. */
export interface Answer {
  readonly ID: number;
  readonly Err?: string;
  readonly KnownCommands?: string[];
  readonly Miss?: boolean;
  readonly OutputID?: string;
  readonly Size?: number;
  readonly Time?: string;
  readonly DiskPath?: string;
}

/** A client in the same process: what it writes is the input of a server, and what that writes, it reads. */
export class MemoryClient implements ServeIO {
  readonly input: ReadableStream<Uint8Array>;
  readonly output = { write: (bytes: Uint8Array) => this.#receive(bytes) };
  /** Everything that was written, one text a write. */
  readonly writes: string[] = [];
  /** The answers that `next` has not returned yet. */
  readonly unread: Answer[] = [];
  /** The server has let go of its input. */
  released = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #waiting: ((answer: Answer) => void) | undefined;
  #onWrite: (() => void | Promise<void>) | undefined;

  constructor() {
    this.input = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.released = true;
      },
    });
  }

  /** How many chunks the server has not taken yet. */
  get untaken(): number {
    return 1 - (this.#controller?.desiredSize ?? 0);
  }

  write(text: string): this {
    this.#controller?.enqueue(Buffer.from(text, "latin1"));
    return this;
  }

  end(): this {
    this.#controller?.close();
    return this;
  }

  fail(error: Error): void {
    this.#controller?.error(error);
  }

  /** What happens instead, or first, when the server writes. */
  onWrite(work: () => void | Promise<void>): void {
    this.#onWrite = work;
  }

  /** The next answer, when it is there. */
  next(): Promise<Answer> {
    const answer = this.unread.shift();
    if (answer !== undefined) return Promise.resolve(answer);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  async take(count: number): Promise<Answer[]> {
    const answers: Answer[] = [];
    while (answers.length < count) answers.push(await this.next());
    return answers;
  }

  async #receive(bytes: Uint8Array): Promise<void> {
    await this.#onWrite?.();
    const text = Buffer.from(bytes).toString();
    this.writes.push(text);
    // Each write has whole answers: half a line is no JSON.
    for (const line of text.trimEnd().split("\n")) {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (waiting !== undefined) waiting(JSON.parse(line));
      else this.unread.push(JSON.parse(line));
    }
  }
}
