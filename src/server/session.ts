import { CacheProgError } from "../errors.ts";
import { encodeResponse } from "../wire/encode.ts";
import type { Int64, Request, Response } from "../wire/messages.ts";
import { Answers, type Output } from "./answers.ts";
import type { Handlers, Hit, Stored } from "./handlers.ts";
import { RequestBody } from "./request-body.ts";
import { RequestDecoder, type RequestEvent } from "./requests.ts";

/** Ceilings of what is held for a client; reading goes on when all is below them again. */
const mostAnswers = 16 * 1024 * 1024;
const mostOfBodies = 4 * 1024 * 1024;
const mostUnderWay = 16 * 1024;

/** Why no more requests are read. */
type End =
  | { readonly why: "close"; readonly id: Int64 }
  | { readonly why: "end of stdin" }
  | { readonly why: "no reader" }
  | { readonly why: "failed"; readonly error: unknown };

type Answer = Partial<Omit<Response, "id">>;

/**
 * One client, from the hello to the end. Requests are read in one loop, and answered as their handlers finish; what
 * ends the reading, whichever of the reasons comes first, begins the end: wait, close, flush.
 */
export class Session {
  readonly #handlers: Handlers;
  readonly #known: readonly string[];
  readonly #input: AsyncIterator<Uint8Array>;
  readonly #answers: Answers;
  readonly #decoder = new RequestDecoder();
  readonly #end = Promise.withResolvers<End>();
  #ended = false;
  /** The body that is being read. */
  #body: RequestBody | undefined;
  #bodyBytes = 0;
  #underWay = 0;
  /** Of those who wait until less is held: the reading of stdin, and then the end. */
  #onLess: (() => void) | undefined;

  constructor(
    handlers: Handlers,
    known: readonly string[],
    input: AsyncIterable<Uint8Array>,
    output: Output,
  ) {
    this.#handlers = handlers;
    this.#known = known;
    this.#input = input[Symbol.asyncIterator]();
    this.#answers = new Answers(
      output,
      () => this.#less(),
      (error) =>
        this.#stop(
          hasCode(error, "EPIPE") ? { why: "no reader" } : { why: "failed", error: unwritable(error) },
        ),
    );
  }

  /** Serves the client to its end. It throws what `serve` does. */
  async run(): Promise<void> {
    this.#answers.send(encodeResponse({ id: 0, knownCommands: this.#known }));
    // A read that never ends must not be waited for: only what ends it is.
    this.#read().then(
      (end) => this.#stop(end),
      (error) => this.#stop({ why: "failed", error }),
    );
    const end = await this.#end.promise;
    this.#input.return?.()?.catch(() => {});
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
      if (end.why === "close") this.#answer(end.id, {});
    } catch (error) {
      if (end.why === "close") this.#answer(end.id, { err: reason(error) });
      else if (end.why !== "failed") return { why: "failed", error };
    }
    return end;
  }

  async #read(): Promise<End> {
    for (;;) {
      const chunk = await this.#nextChunk();
      if (this.#ended || chunk === undefined) break;
      this.#decoder.push(chunk);
      for (let event = this.#decoder.next(); event !== null; event = this.#decoder.next()) {
        if (event.kind === "request" && event.request.command === "close" && this.#handlers.close) {
          return { why: "close", id: event.request.id };
        }
        this.#take(event);
        while (this.#isFull() && !this.#ended) await this.#untilLess();
        if (this.#ended) return { why: "no reader" };
      }
    }
    this.#decoder.end();
    return { why: "end of stdin" };
  }

  async #nextChunk(): Promise<Uint8Array | undefined> {
    try {
      const { done, value } = await this.#input.next();
      return done ? undefined : value;
    } catch (cause) {
      // A client that dies with answers unread resets a socket, where a pipe would just end.
      if (hasCode(cause, "ECONNRESET")) return undefined;
      throw new CacheProgError("EXITED", `stdin can not be read: ${reason(cause)}`, { cause });
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
    const body = this.#bodyOf(request);
    let answer: Answer | Promise<Answer>;
    try {
      answer = this.#handle(request, body);
    } catch (error) {
      answer = { err: reason(error) };
    }
    // Without a promise there is nothing to wait for, and the answer goes out with others in one write.
    if (request.bodySize || answer instanceof Promise) void this.#finish(request.id, body, answer);
    else this.#answer(request.id, answer);
  }

  #bodyOf(request: Request): RequestBody {
    const body = new RequestBody((bytes) => {
      this.#bodyBytes += bytes;
      if (bytes < 0) this.#less();
    });
    if (request.bodySize) this.#body = body;
    else body.end(undefined);
    return body;
  }

  async #finish(id: Int64, body: RequestBody, answering: Answer | Promise<Answer>): Promise<void> {
    this.#underWay++;
    let answer: Answer;
    try {
      answer = await answering;
    } catch (error) {
      answer = { err: reason(error) };
    }
    // A request is answered when it was read to its end, whether its handler wanted that or not.
    body.discard();
    const problem = await body.whole;
    this.#answer(id, problem === undefined ? answer : { err: reason(problem) });
    this.#underWay--;
    this.#less();
  }

  #handle(request: Request, body: RequestBody): Answer | Promise<Answer> {
    const { id, command } = request;
    if (command === "get" && this.#handlers.get) {
      const hit = this.#handlers.get({ id, actionID: idOf(request, "actionID") });
      return hit instanceof Promise ? hit.then(answerOf) : answerOf(hit);
    }
    if (command === "put" && this.#handlers.put) {
      const actionID = idOf(request, "actionID");
      const outputID = idOf(request, "outputID");
      const stored = this.#handlers.put({ id, actionID, outputID, size: request.bodySize ?? 0, body });
      return stored instanceof Promise ? stored.then(pathOf) : pathOf(stored);
    }
    throw new Error(
      `the command ${JSON.stringify(command)} is not known here; ${this.#known.join(", ")} are`,
    );
  }

  #answer(id: Int64, answer: Answer): void {
    let bytes: Uint8Array;
    try {
      bytes = encodeResponse({ ...answer, id });
    } catch (error) {
      // What a handler in plain JavaScript returned is not what it should be.
      bytes = encodeResponse({ id, err: reason(error) });
    }
    this.#answers.send(bytes);
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

function answerOf(hit: Hit | null): Answer {
  if (hit === null) return { miss: true };
  const { outputID, size, time, diskPath } = hit;
  return { outputID, size, time, diskPath };
}

function pathOf({ diskPath }: Stored): Answer {
  return { diskPath };
}

/** The id of that name. @throws {Error} where it is not one; go writes no such request */
function idOf(request: Request, name: "actionID" | "outputID"): Uint8Array {
  const id = request[name];
  if (id?.length === 32) return id;
  const field = name === "actionID" ? "ActionID" : "OutputID";
  throw new Error(`the ${field} of a ${request.command} has to be 32 bytes, and it is ${id?.length ?? 0}`);
}

/** What an error says. An answer without a text would be no error to the client. */
function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)) || "it failed, and did not say why";
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function unwritable(cause: unknown): CacheProgError {
  return new CacheProgError("EXITED", `stdout can not be written: ${reason(cause)}`, { cause });
}
