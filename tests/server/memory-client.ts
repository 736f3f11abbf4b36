import type { ServeIO } from "../../src/server/index.ts";

/** A response as parsed JSON. */
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

/** A client in the same process as the server it's connected to. */
export class MemoryClient implements ServeIO {
  readonly input: ReadableStream<Uint8Array>;
  readonly output = { write: (bytes: Uint8Array) => this.#receive(bytes) };
  /** Everything that the server wrote, one element per write. */
  readonly writes: string[] = [];
  /** The responses that `next` hasn't returned yet. */
  readonly unread: Answer[] = [];
  /** Whether the server has cancelled its input. */
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

  /** How many chunks the server hasn't read yet. */
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

  /** Sets what happens before a write of the server is accepted. If it throws, the write fails. */
  onWrite(work: () => void | Promise<void>): void {
    this.#onWrite = work;
  }

  /** The next response. Waits for it. */
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
    // Each write holds complete responses; half a line would fail to parse.
    for (const line of text.trimEnd().split("\n")) {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      if (waiting !== undefined) waiting(JSON.parse(line));
      else this.unread.push(JSON.parse(line));
    }
  }
}
