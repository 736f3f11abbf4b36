import { CacheProgError } from "../errors.ts";
import { hasCode, reason } from "../trouble.ts";
import { responseText } from "../wire/encode.ts";
import type { Int64, Request } from "../wire/messages.ts";
import type { Answers } from "./answers.ts";
import type { Handlers, Hit, Stored } from "./handlers.ts";
import type { Input } from "./input.ts";
import { RequestBody } from "./request-body.ts";
import { RequestDecoder, type RequestEvent } from "./request-decoder.ts";

/** Ceilings of what is held for a client; reading goes on when all is below them again. */
const mostAnswers = 16 * 1024 * 1024;
const mostOfBodies = 4 * 1024 * 1024;
const mostUnderWay = 16 * 1024;
/** So much of a body is decoded at a time, in bytes: a bit more than the base64 of what is read at once. */
const decodedAtOnce = 48 * 1024 + 6;

/** Why no more requests are read. */
type End =
  | { readonly why: "close"; readonly id: Int64 }
  | { readonly why: "end of stdin" }
  | { readonly why: "no reader" }
  | { readonly why: "failed"; readonly error: unknown };

/**
 * One client, from after the hello to the end. Requests are read in one loop, and answered as their handlers finish;
 * what ends the reading, whichever of the reasons comes first, begins the end: wait, close, flush.
 */
export class Session {
  readonly #handlers: Handlers;
  readonly #known: readonly string[];
  readonly #input: Input;
  readonly #answers: Answers;
  readonly #decoder = new RequestDecoder();
  readonly #end = Promise.withResolvers<End>();
  #ended = false;
  /** The body that is being read. */
  #body: RequestBody | undefined;
  /** Where a body is decoded that its handler reads while the process waits. */
  readonly #target = new Uint8Array(decodedAtOnce);
  #bodyBytes = 0;
  readonly #onKept = (bytes: number) => {
    this.#bodyBytes += bytes;
    if (bytes < 0) this.#less();
  };
  readonly #onPull = () => this.#pull();
  #underWay = 0;
  /** How many handlers have promised a result. */
  #promised = 0;
  /** Of those who wait until less is held: the reading of stdin, and then the end. */
  #onLess: (() => void) | undefined;

  /** @param answers those of the client, to which the hello was written */
  constructor(handlers: Handlers, known: readonly string[], input: Input, answers: Answers) {
    this.#handlers = handlers;
    this.#known = known;
    this.#input = input;
    this.#answers = answers;
    answers.tell({
      space: () => this.#less(),
      failed: (error) =>
        this.#stop(
          hasCode(error, "EPIPE") ? { why: "no reader" } : { why: "failed", error: unwritable(error) },
        ),
    });
  }

  /** Serves the client to its end. It throws what `serve` does. */
  async run(): Promise<void> {
    // A read that never ends must not be waited for: only what ends it is.
    this.#read().then(
      (end) => this.#stop(end),
      (error) => this.#stop({ why: "failed", error }),
    );
    const end = await this.#end.promise;
    this.#input.release();
    this.#body?.end(new CacheProgError("PROTOCOL_ERROR", "the end of the body is missing"));
    while (this.#underWay > 0) await this.#untilLess();
    const closed = await this.#close(end);
    await this.#answers.flushed();
    if (closed.why === "failed") throw closed.error;
  }

  #stop(end: End): void {
    this.#ended = true;
    this.#end.resolve(end);
    this.#less();
  }

  /** Returns the end as it is now: what was no failure becomes one where nobody asked to close and that failed. */
  async #close(end: End): Promise<End> {
    try {
      await this.#handlers.close?.();
      if (end.why === "close") this.#answers.send(responseText({ id: end.id }));
    } catch (error) {
      if (end.why === "close") this.#answers.send(errorText(end.id, error));
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
        while (this.#isFull() && !this.#ended) await this.#untilLess();
        if (this.#ended) return { why: "no reader" };
      }
      if (this.#waitForMore()) continue;
      const chunk = this.#ended ? undefined : await this.#input.next();
      if (this.#ended || chunk === undefined) break;
      this.#decoder.push(chunk);
    }
    this.#decoder.end();
    return { why: "end of stdin" };
  }

  /**
   * Gives the decoder more, for which the process waits. Returns false where it must not wait, because something else
   * could happen meanwhile: a handler that is under way, or a reader that takes the answers. It may need the event
   * loop, and so may the client, which can be writing to us while we write to it.
   */
  #waitForMore(): boolean {
    if (!this.#input.canWait || this.#promised > 0) return false;
    if (!this.#answers.flush() || this.#ended) return false;
    const chunk = this.#input.wait();
    if (chunk !== undefined) this.#decoder.push(chunk);
    return chunk !== undefined;
  }

  /** The next chunk of the body that is being read, for a handler that may wait for it. See {@link RequestBody}. */
  #pull(): Uint8Array | undefined {
    // With a promise about, the memory that was given out for a chunk may still be in use.
    if (!this.#input.canWait || this.#promised > 0) return undefined;
    try {
      for (;;) {
        const event = this.#decoder.next(this.#target);
        if (event?.kind === "body") return event.bytes;
        if (event !== null) this.#take(event);
        if (event !== null || !this.#waitForMore()) return undefined;
      }
    } catch {
      return undefined; // the decoder throws it again, where it is no matter of the handler
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
    this.#underWay++;
    this.#promised++;
    const answer = await answering.catch((error) => errorText(id, error));
    this.#promised--;
    this.#finish(id, body, answer);
    this.#underWay--;
    this.#less();
  }

  /** A request is answered when it was read to its end, whether its handler wanted that or not. */
  #finish(id: Int64, body: RequestBody | undefined, answer: string): void {
    if (body === undefined) {
      this.#answers.send(answer);
      return;
    }
    this.#underWay++;
    body.discard();
    body.whenEnded((problem) => {
      this.#answers.send(problem === undefined ? answer : errorText(id, problem));
      this.#underWay--;
      this.#less();
    });
  }

  /** Calls the handler. Returns the answer. */
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
    throw new Error(
      `the command ${JSON.stringify(command)} is not known here; ${this.#known.join(", ")} are`,
    );
  }

  #isFull(): boolean {
    if (this.#answers.length > mostAnswers) return true;
    return this.#bodyBytes > mostOfBodies || this.#underWay >= mostUnderWay;
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

/** The id of that name. @throws {Error} where it is not one; go writes no such request */
function idOf(request: Request, name: "actionID" | "outputID"): Uint8Array {
  const id = request[name];
  if (id?.length === 32) return id;
  const field = name === "actionID" ? "ActionID" : "OutputID";
  throw new Error(`the ${field} of a ${request.command} has to be 32 bytes, and it is ${id?.length ?? 0}`);
}

function unwritable(cause: unknown): CacheProgError {
  return new CacheProgError("EXITED", `stdout can not be written: ${reason(cause)}`, { cause });
}
