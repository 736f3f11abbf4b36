import { BodyEncoder } from "../../wire/body.ts";
import { type BodySource, changed } from "../body/body-source.ts";
import { Deadline } from "../deadline.ts";
import { Queue } from "./queue.ts";

/** How much text is joined to one write, in characters: as much as a chunk of a body. */
const batchSize = 128 * 1024;
/** How much text goes out in one write with the first chunk of a body, in characters. */
const joinedSize = 16 * 1024;
/**
 * Into how many parts the time for a write is cut. Bun gives the system more of a write only when the pipe is nearly
 * empty or a timer wakes it (1.4.5), so without them a slow program takes some hundred KiB before we see any of it. And a
 * pause of this process, however long, counts as one of them.
 */
const stallTicks = 16;

/** A request that waits for its turn to be written. */
export interface Outgoing {
  /** The body that follows, if there is one. The outbox closes it, sent or not. */
  readonly body: BodySource | undefined;
  /** Its turn has come: the header, with an id. undefined where nobody waits for the answer any more. */
  begin(): string | undefined;
  /** All of the body was read that is ever read of it. */
  bodyRead(): void;
  /** All of it was written. @param now by performance.now() */
  written(now: number): void;
}

/** What the outbox writes to. Source: Program.write. */
export interface Sink {
  /** A promise says that the program has not taken all of it yet. The memory of the data is free all the same. */
  write(data: string | Uint8Array): Promise<unknown> | undefined;
}

export interface OutboxOptions {
  /** How long the program may leave a write without taking all of it, in ms. No write is longer than about 150 KiB. */
  readonly stallTimeout: number;
  /** That time is over. What is written of a request can not be taken back. */
  readonly onStall: () => void;
  /** A write failed, or a body could not be completed: nothing is written after that. */
  readonly onFailure: (error: unknown) => void;
}

/** Some requests joined to one text, and the one at its end whose body has to be streamed after that. */
interface Batch {
  readonly text: string;
  readonly whole: readonly Outgoing[];
  readonly streamed: Outgoing | undefined;
}

/**
 * The requests on their way to the program: first in, first out, one writer. Small ones that wait together go out in
 * one write. A large body goes out chunk by chunk, and nothing comes between. No request waits for an event other than
 * its turn, and there is one pump, so nothing can spin.
 */
export class Outbox<R extends Outgoing> {
  readonly #sink: Sink;
  readonly #options: OutboxOptions;
  readonly #stalled = new Deadline();
  readonly #waiting = new Queue<R>();
  /** What was not sent and never will be, and nobody took away. */
  #left: R[] = [];
  readonly #encoder = new BodyEncoder();
  /** Whose body is being read. */
  #streaming: Outgoing | undefined;
  #due = false;
  #pumping = false;
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(sink: Sink, options: OutboxOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  /**
   * Puts a request at the end of the queue. It is written soon: with the others of this turn of the caller, if none of
   * them hurries.
   * @param atOnce begins to write it in this turn, with those before it, if nothing is being written
   */
  add(request: R, atOnce = false): void {
    if (this.#closed) {
      this.#leave(request);
      return;
    }
    this.#waiting.push(request);
    if (atOnce) void this.#pump();
    else if (!this.#due && !this.#pumping) {
      this.#due = true;
      // nextTick comes after all callers of this turn have added theirs: one write for all of them.
      process.nextTick(() => {
        this.#due = false;
        void this.#pump();
      });
    }
  }

  /**
   * Writes nothing more. Bodies that wait are closed; one that is being sent ends at its next chunk. Returns the requests
   * that were not begun.
   */
  close(): R[] {
    this.#stop();
    const left = this.#left;
    this.#left = [];
    return left;
  }

  /** Resolves when all was written, the bodies too whose callers went away; or nothing will be any more. */
  async drained(): Promise<void> {
    if ((this.#due || this.#pumping) && !this.#closed)
      await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  #stop(): void {
    this.#closed = true;
    this.#stalled.clear();
    // What is read of it now goes nowhere.
    this.#streaming?.bodyRead();
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      this.#leave(next);
    this.#idle?.();
  }

  #leave(request: R): void {
    request.body?.close();
    this.#left.push(request);
  }

  async #pump(): Promise<void> {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      for (let batch = this.#take(); batch !== undefined; batch = this.#take()) {
        const { text, whole, streamed } = batch;
        if (streamed !== undefined && text.length <= joinedSize) await this.#stream(streamed, text, whole);
        else {
          const pending = this.#sink.write(text);
          if (pending !== undefined) await this.#taken(pending);
          tell(whole);
          if (streamed !== undefined) await this.#stream(streamed, "", []);
        }
      }
    } catch (error) {
      this.#stop();
      this.#options.onFailure(error);
    } finally {
      this.#pumping = false;
      this.#idle?.();
    }
  }

  /** The next batch: as many requests as fit one write, up to and with the first whose body has to be streamed. */
  #take(): Batch | undefined {
    let text = "";
    const whole: Outgoing[] = [];
    while (text.length < batchSize) {
      const request = this.#waiting.shift();
      if (request === undefined) break;
      const header = request.begin();
      const { body } = request;
      if (header === undefined) {
        body?.close();
        continue;
      }
      text += header;
      if (body !== undefined && body.size > 0) {
        if (body.line === undefined) return { text, whole, streamed: request };
        text += body.line;
      }
      body?.close();
      whole.push(request);
    }
    return whole.length === 0 ? undefined : { text, whole, streamed: undefined };
  }

  /** Writes a body chunk by chunk, with the text of its request and those before it ahead of the first. */
  async #stream(request: Outgoing, before: string, whole: readonly Outgoing[]): Promise<void> {
    const { body } = request;
    if (body === undefined) return;
    const chunks = this.#encoded(body, before, request);
    this.#streaming = request;
    let next = chunks.next();
    try {
      for (let chunk = await next; !chunk.done; chunk = await next) {
        if (this.#closed) return;
        const pending = this.#sink.write(chunk.value);
        // Read and encoded while the program takes this one, and in the same memory.
        next = chunks.next();
        next.catch(() => {}); // it is waited for after this one, if at all
        if (pending !== undefined) await this.#taken(pending);
        tell(whole);
        whole = [];
      }
      tell([request]);
    } finally {
      this.#streaming = undefined;
      const close = () => {
        request.bodyRead();
        void body.close();
      };
      chunks.return().then(close, close); // not while it is read
    }
  }

  /** What goes out for a body. Each chunk is valid until the next is asked for. */
  async *#encoded(
    body: BodySource,
    before: string,
    request: Outgoing,
  ): AsyncGenerator<Uint8Array, void, void> {
    this.#encoder.begin(before);
    let sent = 0;
    for await (const chunk of body.chunks()) {
      // A chunk whose memory was transferred, or made smaller, since it was asked for.
      if (chunk.length === 0) throw changed("(in memory)");
      sent += chunk.length;
      const isLast = sent === body.size;
      const encoded = isLast ? this.#encoder.end(chunk) : this.#encoder.push(chunk);
      if (isLast) request.bodyRead();
      yield encoded;
    }
  }

  /** Resolves when the program has taken what it was given. */
  async #taken(pending: Promise<unknown>): Promise<void> {
    this.#watch(stallTicks);
    try {
      await pending;
    } finally {
      this.#stalled.clear();
    }
  }

  #watch(ticks: number): void {
    this.#stalled.set(this.#options.stallTimeout / stallTicks, () => {
      if (ticks > 1) this.#watch(ticks - 1);
      else this.#options.onStall();
    });
  }
}

/** Tells requests that they were written: all at the same time, for to ask for it takes longer than the rest. */
function tell(written: readonly Outgoing[]): void {
  const now = performance.now();
  for (const request of written) request.written(now);
}
