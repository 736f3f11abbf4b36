import { BodyEncoder } from "../../wire/body.ts";
import { type BodySource, changed } from "../body/body-source.ts";
import { Deadline } from "../deadline.ts";
import { Queue } from "./queue.ts";

/** How much text is joined into one write, in characters: as much as one encoded chunk of a body. */
const batchSize = 128 * 1024;
/** How much text may share a write with the first chunk of a body, in characters. */
const maxJoined = 16 * 1024;
/**
 * How many ticks the timeout of a write is split into. Bun passes more of a write to the system only when the pipe is
 * nearly empty or a timer wakes it (Bun 1.4.5). Without the ticks, a slow program would take some hundred KiB before we
 * see any progress. And if this process pauses, however long, that counts as one tick.
 */
const stallTicks = 16;

/** A request in the queue. */
export interface Outgoing {
  /** The request's body, if it has one. The outbox closes it, sent or not. */
  readonly body: BodySource | undefined;
  /** Assigns an id and returns the header; undefined if the call has settled. Called when writing begins. */
  begin(): string | undefined;
  /** Called when the body won't be read any more. */
  bodyRead(): void;
  /** Called when the request is fully written. @param now by performance.now() */
  written(now: number): void;
}

/** What the outbox writes to. Implemented by Program. */
export interface Sink {
  /** Returns a promise if the program hasn't taken everything yet. The memory of `data` can be reused at once. */
  write(data: string | Uint8Array): Promise<unknown> | undefined;
}

export interface OutboxOptions {
  /** How long the program may take over one write, in ms. No write is longer than about 150 KiB. */
  readonly stallTimeout: number;
  /** Called when stallTimeout is over. The connection can't go on, because a request can't be taken back. */
  readonly onStall: () => void;
  /** Called if a write failed or a body couldn't be completed. Nothing is written after that. */
  readonly onFailure: (error: unknown) => void;
}

/** Requests joined into one text. The last may have a body that is streamed after the text. */
interface Batch {
  readonly text: string;
  readonly whole: readonly Outgoing[];
  readonly streamed: Outgoing | undefined;
}

/**
 * The queue of requests to the program: first in, first out, one writer. Small requests that are queued together go out
 * in one write. A large body goes out chunk by chunk, with nothing in between. A request waits only for those before it,
 * and there is only one pump, so nothing can spin.
 */
export class Outbox<R extends Outgoing> {
  readonly #sink: Sink;
  readonly #options: OutboxOptions;
  readonly #stalled = new Deadline();
  readonly #waiting = new Queue<R>();
  /** Requests that will never be sent, until close() returns them. */
  #left: R[] = [];
  readonly #encoder = new BodyEncoder();
  /** The request whose body is being read. */
  #streaming: Outgoing | undefined;
  /** How many requests the last write had. */
  lastCount = 0;
  /** Whether a write is due at the end of this turn, or the program has to take one before the next. */
  #state: "idle" | "due" | "writing" = "idle";
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(sink: Sink, options: OutboxOptions) {
    this.#sink = sink;
    this.#options = options;
  }

  /**
   * Adds a request to the queue. Requests added in the same turn go out together, after that turn.
   *
   * @param atOnce start writing now, if nothing is being written: this request and those queued before it
   */
  add(request: R, atOnce = false): void {
    if (this.#closed) {
      this.#leave(request);
      return;
    }
    this.#waiting.push(request);
    if (atOnce) this.#pump();
    else if (this.#state === "idle") {
      this.#state = "due";
      // nextTick runs after all callers of this turn have added their requests: one write for all of them.
      process.nextTick(() => {
        if (this.#state === "due") this.#pumpOn();
      });
    }
  }

  /**
   * Stops writing. Closes the bodies in the queue; one that is being sent ends at its next chunk. Returns the requests
   * that were never begun.
   */
  close(): R[] {
    this.#stop();
    const left = this.#left;
    this.#left = [];
    return left;
  }

  /** Resolves when everything is written, including bodies of settled calls, or when the outbox is closed. */
  async drained(): Promise<void> {
    if (this.#state !== "idle" && !this.#closed) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  #stop(): void {
    this.#closed = true;
    this.#stalled.clear();
    // The rest of this body won't be sent.
    this.#streaming?.bodyRead();
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      this.#leave(next);
    this.#idle?.();
  }

  #leave(request: R): void {
    request.body?.close();
    this.#left.push(request);
  }

  /** Writes what waits. It returns as soon as the program has to take something first, and goes on after that. */
  #pump(): void {
    if (this.#state === "writing") return;
    try {
      for (let batch = this.#take(); batch !== undefined; batch = this.#take()) {
        const sending = this.#send(batch);
        if (sending === undefined) continue;
        this.#state = "writing";
        sending.then(this.#pumpOn, this.#fail);
        return;
      }
    } catch (error) {
      this.#fail(error);
    }
    this.#idle?.();
  }

  readonly #pumpOn = (): void => {
    this.#state = "idle";
    this.#pump();
  };

  readonly #fail = (error: unknown): void => {
    this.#state = "idle";
    this.#stop();
    this.#options.onFailure(error);
  };

  /** Writes a batch. Returns a promise unless the program took all of it at once. */
  #send({ text, whole, streamed }: Batch): Promise<void> | undefined {
    if (streamed !== undefined) return this.#stream(streamed, text, whole);
    const pending = this.#sink.write(text);
    if (pending !== undefined) return this.#taken(pending).then(() => tell(whole));
    tell(whole);
    return undefined;
  }

  /** Takes the next batch: the requests that fit one write, up to and including the first with a streamed body. */
  #take(): Batch | undefined {
    let text = "";
    const whole: Outgoing[] = [];
    while (text.length < batchSize) {
      const { body } = this.#waiting.next ?? {};
      const isStreamed = body !== undefined && body.line === undefined;
      if (isStreamed && text.length > maxJoined) break;
      const request = this.#waiting.shift();
      if (request === undefined) break;
      const header = request.begin();
      if (header !== undefined) {
        text += header;
        if (isStreamed) return { text, whole, streamed: request };
        text += body?.line ?? "";
        whole.push(request);
      }
      body?.close();
    }
    if (whole.length === 0) return undefined;
    this.lastCount = whole.length;
    return { text, whole, streamed: undefined };
  }

  /** Writes a body chunk by chunk. The first chunk starts with `before`: its header and the requests before it. */
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
        // Read and encode the next chunk, in the same memory, while the program takes this one.
        next = chunks.next();
        next.catch(() => {}); // awaited after this write, if at all
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
      chunks.return().then(close, close); // don't close it during a read
    }
  }

  /** Yields the encoded chunks of a body. Each is valid until the next one is requested. */
  async *#encoded(
    body: BodySource,
    before: string,
    request: Outgoing,
  ): AsyncGenerator<Uint8Array, void, void> {
    this.#encoder.begin(before);
    let sent = 0;
    for await (const chunk of body.chunks()) {
      // The chunk's memory was transferred or shrunk since it was read.
      if (chunk.length === 0) throw changed("(in memory)");
      sent += chunk.length;
      const isLast = sent === body.size;
      const encoded = isLast ? this.#encoder.end(chunk) : this.#encoder.push(chunk);
      if (isLast) request.bodyRead();
      yield encoded;
    }
  }

  /** Resolves when the program has taken the write. Watches for a stall meanwhile. */
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

/** Marks requests as written, with one timestamp per batch: reading the clock costs more than the rest. */
function tell(written: readonly Outgoing[]): void {
  const now = performance.now();
  for (const request of written) request.written(now);
}
