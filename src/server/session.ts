/*
 * Session serves one client. With `blocking`, it reads stdin without the event loop, as long as nothing needs one.
 * Who calls whom while a put handler reads a body:
 *
 *   Session.#read ──> #take ──> #begin ──> handlers.put ──> RequestBody.read ─┐ no chunk is buffered
 *                                                                             v
 *   bytes of a chunk <── RequestDecoder.next <─────────────────── Session.#pull
 *                          ^ push                                   │ the decoder has no complete event
 *                          └── Input.wait (readSync) <── #waitForMore ── Answers.flush first
 *
 *  1. #read takes a put from the decoder and calls its handler synchronously.
 *  2. The handler calls body.read(). If no chunk is buffered, RequestBody calls #pull.
 *  3. #pull asks the decoder for the next event, decoded into #target, and returns the chunk to the handler.
 *  4. If the decoder needs more bytes, #waitForMore writes the pending responses, then blocks in readSync.
 *  5. At the end of the body, #take ends the RequestBody and #pull returns undefined; read() then returns null.
 *  6. The handler returns, #finish sends the response, and #read continues with the next request.
 *  7. Blocking stops while a handler's promise is pending or the client leaves responses unread: both need the event
 *     loop. #pull then returns undefined, and read() returns a promise.
 *  8. #read then awaits Input.next, which reads ahead, so Input never blocks again. Chunks arrive through
 *     RequestBody.push.
 */
import { CacheProgError } from "../errors.ts";
import { hasCode, reason } from "../trouble.ts";
import { responseText } from "../wire/encode.ts";
import type { Int64, Request } from "../wire/messages.ts";
import type { Answers } from "./answers.ts";
import type { Handlers, Hit, Stored } from "./handlers.ts";
import type { Input } from "./input.ts";
import { RequestBody } from "./request-body.ts";
import { RequestDecoder, type RequestEvent } from "./request-decoder.ts";

/** Limits on what is held for a client, the first two in bytes. Reading pauses while any of them is exceeded. */
const maxAnswerBytes = 16 * 1024 * 1024;
const maxBodyBytes = 4 * 1024 * 1024;
const maxPending = 16 * 1024;
/** The size of the decode buffer in bytes: slightly more than one 64 KiB read of base64 decodes to. */
const decodeSize = 48 * 1024 + 6;

/** Why reading stopped. */
type End =
  | { readonly why: "close"; readonly id: Int64 }
  | { readonly why: "end of stdin" }
  | { readonly why: "no reader" }
  | { readonly why: "failed"; readonly error: unknown };

/**
 * Serves one client, from after the handshake to the end. One loop reads the requests; each is answered when its
 * handler finishes. The first {@link End} stops the loop; then the session waits for the handlers, closes and flushes.
 */
export class Session {
  readonly #handlers: Handlers;
  readonly #known: readonly string[];
  readonly #input: Input;
  readonly #answers: Answers;
  readonly #decoder = new RequestDecoder();
  readonly #end = Promise.withResolvers<End>();
  #ended = false;
  /** The body whose bytes the decoder returns now. */
  #body: RequestBody | undefined;
  /** The decode buffer for bodies that are read on the blocking path. */
  readonly #target = new Uint8Array(decodeSize);
  #bodyBytes = 0;
  readonly #onKept = (bytes: number) => {
    this.#bodyBytes += bytes;
    if (bytes < 0) this.#less();
  };
  readonly #onPull = () => this.#pull();
  #pending = 0;
  /** How many handlers have a pending promise. */
  #promised = 0;
  /** Wakes {@link Session.#untilLess}. It has one waiter at a time: the read loop, then the end of `run`. */
  #onLess: (() => void) | undefined;

  /** @param answers the client's responses; the handshake is already sent */
  constructor(handlers: Handlers, known: readonly string[], input: Input, answers: Answers) {
    this.#handlers = handlers;
    this.#known = known;
    this.#input = input;
    this.#answers = answers;
    answers.listen({
      space: () => this.#less(),
      failed: (error) =>
        this.#stop(
          hasCode(error, "EPIPE") ? { why: "no reader" } : { why: "failed", error: unwritable(error) },
        ),
    });
  }

  /** Serves the client until it closes or disappears. Throws what `serve` throws. */
  async run(): Promise<void> {
    // The read loop may never finish, so wait for #end, not for the loop.
    this.#read().then(
      (end) => this.#stop(end),
      (error) => this.#stop({ why: "failed", error }),
    );
    const end = await this.#end.promise;
    this.#input.release();
    this.#body?.end(new CacheProgError("PROTOCOL_ERROR", "the end of the body is missing"));
    this.#answers.flush();
    while (this.#pending > 0) await this.#untilLess();
    const closed = await this.#close(end);
    await this.#answers.flushed();
    if (closed.why === "failed") throw closed.error;
  }

  #stop(end: End): void {
    this.#ended = true;
    this.#end.resolve(end);
    this.#less();
  }

  /** Calls the close handler. Returns the end, which becomes `failed` if the handler throws with no close request to answer. */
  async #close(end: End): Promise<End> {
    try {
      await this.#handlers.close?.();
      if (end.why === "close") this.#answers.add(responseText({ id: end.id }));
    } catch (error) {
      if (end.why === "close") this.#answers.add(errorText(end.id, error));
      else if (end.why !== "failed") return { why: "failed", error };
    }
    return end;
  }

  async #read(): Promise<End> {
    for (;;) {
      for (let event = this.#decoder.next(); event !== null; event = this.#decoder.next()) {
        if (event.kind === "request" && event.request.command === "close" && this.#handlers.close) {
          return { why: "close", id: event.request.id };
        }
        this.#take(event);
        if (this.#isFull()) this.#answers.flush();
        while (this.#isFull() && !this.#ended) await this.#untilLess();
        if (this.#ended) return { why: "no reader" };
      }
      if (this.#waitForMore()) continue;
      this.#answers.flush();
      const chunk = this.#ended ? undefined : await this.#input.next();
      if (this.#ended || chunk === undefined) break;
      this.#decoder.push(chunk);
    }
    this.#decoder.end();
    return { why: "end of stdin" };
  }

  /**
   * Blocks until stdin has bytes, and pushes them to the decoder. Returns false if it must not block: a pending
   * handler needs the event loop, and so do unread responses, because a client may write to us while we write to it.
   */
  #waitForMore(): boolean {
    if (!this.#input.canWait || this.#promised > 0) return false;
    if (!this.#answers.flush() || this.#ended) return false;
    const chunk = this.#input.wait();
    if (chunk !== undefined) this.#decoder.push(chunk);
    return chunk !== undefined;
  }

  /** Blocks for the next chunk of the current body. Returns undefined if it can't. See {@link RequestBody}. */
  #pull(): Uint8Array | undefined {
    // A handler with a pending promise may still use the chunk in #target.
    if (!this.#input.canWait || this.#promised > 0) return undefined;
    try {
      for (;;) {
        const event = this.#decoder.next(this.#target);
        if (event?.kind === "body") return event.bytes;
        if (event !== null) this.#take(event);
        if (event !== null || !this.#waitForMore()) return undefined;
      }
    } catch {
      return undefined; // the decoder throws the same error again in #read, outside the handler
    }
  }

  #take(event: RequestEvent): void {
    if (event.kind === "request") {
      this.#begin(event.request);
    } else if (event.kind === "body") {
      this.#body?.push(event.bytes);
    } else {
      this.#body?.end(event.problem);
      this.#body = undefined;
    }
  }

  #begin(request: Request): void {
    const body = request.bodySize ? new RequestBody(this.#onKept, this.#onPull) : undefined;
    this.#body = body;
    let answer: string | Promise<string>;
    try {
      answer = this.#handle(request, body);
    } catch (error) {
      answer = errorText(request.id, error);
    }
    if (answer instanceof Promise) void this.#await(request.id, body, answer);
    else this.#finish(request.id, body, answer);
  }

  async #await(id: Int64, body: RequestBody | undefined, answering: Promise<string>): Promise<void> {
    this.#pending++;
    this.#promised++;
    const answer = await answering.catch((error) => errorText(id, error));
    this.#promised--;
    this.#finish(id, body, answer);
    this.#answers.flushSoon();
    this.#pending--;
    this.#less();
  }

  /** Sends the answer, but not before the body has ended, even if the handler didn't read all of it. */
  #finish(id: Int64, body: RequestBody | undefined, answer: string): void {
    if (body === undefined) {
      this.#answers.add(answer);
      return;
    }
    this.#pending++;
    body.discard();
    body.whenEnded((problem) => {
      this.#answers.add(problem === undefined ? answer : errorText(id, problem));
      this.#pending--;
      this.#less();
    });
  }

  /** Calls the handler. Returns the text of the response. */
  #handle(request: Request, open: RequestBody | undefined): string | Promise<string> {
    const { id, command } = request;
    if (command === "get" && this.#handlers.get) {
      const hit = this.#handlers.get({ id, actionID: idOf(request, "actionID") });
      return hit instanceof Promise ? hit.then((found) => hitText(id, found)) : hitText(id, hit);
    }
    if (command === "put" && this.#handlers.put) {
      const actionID = idOf(request, "actionID");
      const outputID = idOf(request, "outputID");
      const body = open ?? RequestBody.empty();
      const stored = this.#handlers.put({ id, actionID, outputID, size: request.bodySize ?? 0, body });
      return stored instanceof Promise ? stored.then((is) => storedText(id, is)) : storedText(id, stored);
    }
    throw new Error(`unknown command ${JSON.stringify(command)}; expected one of: ${this.#known.join(", ")}`);
  }

  #isFull(): boolean {
    if (this.#answers.length > maxAnswerBytes) return true;
    return this.#bodyBytes > maxBodyBytes || this.#pending >= maxPending;
  }

  #untilLess(): Promise<void> {
    return new Promise((resolve) => {
      this.#onLess = resolve;
    });
  }

  #less(): void {
    this.#onLess?.();
  }
}

function hitText(id: Int64, hit: Hit | null): string {
  if (hit === null) return responseText({ id, miss: true });
  const { outputID, size, time, diskPath } = hit;
  return responseText({ id, outputID, size, time, diskPath });
}

function storedText(id: Int64, { diskPath }: Stored): string {
  return responseText({ id, diskPath });
}

function errorText(id: Int64, error: unknown): string {
  return responseText({ id, err: reason(error) });
}

/** The id in the named field. @throws {Error} it isn't 32 bytes, which go never sends */
function idOf(request: Request, name: "actionID" | "outputID"): Uint8Array {
  const id = request[name];
  if (id?.length === 32) return id;
  const field = name === "actionID" ? "ActionID" : "OutputID";
  throw new Error(`the ${field} of a ${request.command} is ${id?.length ?? 0} bytes; expected 32`);
}

function unwritable(cause: unknown): CacheProgError {
  return new CacheProgError("EXITED", `can't write stdout: ${reason(cause)}`, { cause });
}
