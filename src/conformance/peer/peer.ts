/*
 * This folder: the program under test as a check sees it. Peer speaks for a check, PeerProcess is the process behind it,
 * requests go out and answers come in through a file each, and the transcript keeps what was said.
 */
import { within } from "../../client/deadline.ts";
import type { Exit } from "../../client/process/spawn.ts";
import { bodyText } from "../../wire/body.ts";
import type { Request, Response } from "../../wire/messages.ts";
import { Finding } from "../finding.ts";
import { AnswersIn } from "./answers-in.ts";
import type { Dialect } from "./dialect.ts";
import { PeerProcess, type PeerProcessOptions } from "./peer-process.ts";
import { RequestsOut } from "./requests-out.ts";

/** How long the exit may follow the end of stdout to be told with it, in ms. */
const afterEnd = 250;

export interface PeerOptions extends PeerProcessOptions {
  /** Which of a check's programs it is, from 1. */
  readonly number: number;
  readonly dialect: Dialect;
  /** Called with each sign of life: an answer that was asked for, and bytes that were taken. */
  onLife(): void;
  /** Rejects, with a Finding made from what was waited for, when the check's time is over. */
  within<T>(what: string, state: () => string, promise: Promise<T>): Promise<T>;
}

/** A request that gets the next id, unless it has one. */
type Sent = Omit<Request, "id"> & Partial<Pick<Request, "id">>;

/**
 * A running program under test, spoken to as the client of a dialect would, and closer: any bytes in any pieces, any id,
 * and everything it writes is kept. What breaks the protocol fails whatever waits, and whatever is asked after that.
 */
export class Peer extends PeerProcess {
  readonly #options: PeerOptions;
  readonly #requests: RequestsOut;
  readonly #answers: AnswersIn;
  readonly #spoken = Promise.withResolvers<void>();
  #nextID = 1;
  /** What the end of stdout is to whoever waits for an answer. */
  #end: Finding | undefined;
  /** Resolves when stdout has ended. */
  readonly outputEnded: Promise<void>;

  constructor(options: PeerOptions) {
    super(options);
    this.#options = options;
    this.#requests = new RequestsOut(this.program, options.onLife);
    this.#answers = new AnswersIn(options.onLife);
    this.outputEnded = this.#readAnswers();
    this.#spoken.promise.catch(() => {}); // who asks gets the error
  }

  get number(): number {
    return this.#options.number;
  }

  get dialect(): Dialect {
    return this.#options.dialect;
  }

  /** What the hello declares; nothing before it is there. */
  get commands(): ReadonlySet<string> {
    return this.#answers.commands;
  }

  /** The hello. @throws {Finding} where none came, or something else did */
  hello(): Promise<Response> {
    return this.#await("a hello", this.#answers.hello);
  }

  /** The first bytes on stdout, whatever they are. @throws {Finding} where none come */
  firstOutput(): Promise<void> {
    return this.#await("something on stdout", this.#spoken.promise);
  }

  /** The next id that {@link send} takes. */
  get nextID(): number {
    return this.#nextID;
  }

  /** Sends a request with its body, in the bytes of the dialect. @returns its id; see {@link answer} */
  send(request: Sent, body?: Uint8Array): Response["id"] {
    const { id, bytes } = this.#encode(request);
    void this.write(bytes);
    if (body !== undefined && body.length > 0) {
      this.transcript.sentBody(body);
      void this.#requests.writeBody(body);
    }
    return id;
  }

  /** The bytes of a request and of its body, for who sends them with {@link write}; its answer is expected. */
  prepare(request: Omit<Request, "id">, body?: Uint8Array): { id: Response["id"]; bytes: Uint8Array } {
    const { id, bytes: head } = this.#encode(request);
    if (body === undefined || body.length === 0) return { id, bytes: head };
    return { id, bytes: Buffer.concat([head, new TextEncoder().encode(bodyText(body))]) };
  }

  /** The bytes of a request, whose answer is expected from now on. */
  #encode(request: Sent): { id: Response["id"]; bytes: Uint8Array } {
    const id = request.id ?? this.#nextID++;
    this.expect(id);
    if (request.command === "close") this.#answers.expectEnd();
    return { id, bytes: this.#options.dialect.encode({ ...request, id }) };
  }

  /** Says that a request with that id goes out: its answer is one that was asked for. */
  expect(id: Response["id"]): void {
    this.#answers.expect(id);
  }

  /** Writes bytes to stdin as they are, after all that was written before. Resolves when the pipe has taken them. */
  write(bytes: Uint8Array | string): Promise<void> {
    const data = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    this.transcript.sent(data);
    return this.#requests.write(data);
  }

  /** Writes bytes in pieces of a size, with a pause between them, so that most are read apart. */
  writePieces(bytes: Uint8Array, size: number): Promise<void> {
    this.transcript.sentInPieces(bytes, size);
    return this.#requests.writePieces(bytes, size);
  }

  /** Resolves when all that was sent is written; rejects with a Finding where the program does not take it. */
  written(): Promise<void> {
    return this.#await("the program to read its stdin", this.#requests.written);
  }

  /** The answer to a request. @throws {Finding} where none came, or the program broke the protocol before it */
  async answer(id: Response["id"]): Promise<Response> {
    try {
      return await this.#await(`an answer to request ${id}`, this.#answers.answer(id));
    } catch (error) {
      if (error instanceof Finding)
        error.kind ??= error.late ? "silent" : error === this.violation ? "broken" : "ended";
      throw error;
    }
  }

  /** The answer to close; undefined where the program ended its stdout instead, and may. @throws {Finding} otherwise */
  async closed(id: Response["id"]): Promise<Response | undefined> {
    try {
      return await this.answer(id);
    } catch (error) {
      const unanswered = this.#answers.isOver && this.violation === undefined;
      if (unanswered && this.#options.dialect.closeMayGoUnanswered) return undefined;
      throw error;
    }
  }

  /** The ids of what was answered so far, in the order of the answers. */
  get answered(): readonly Response["id"][] {
    return [...this.#answers.answered];
  }

  /** The answer that is there by now, if there is one. */
  hasAnswered(id: Response["id"]): boolean {
    return this.#answers.answered.has(id);
  }

  /** Ends stdin, when all that was sent is written. */
  async endStdin(): Promise<void> {
    await this.written();
    this.transcript.event("stdin ended");
    this.program.endStdin();
  }

  /** The end of stdout. @throws {Finding} where it does not come, or the program broke the protocol before it */
  async ended(): Promise<void> {
    await this.#await("the end of stdout", this.outputEnded);
    if (this.violation !== undefined) throw this.violation;
  }

  /** The exit. @throws {Finding} where it does not come */
  exit(): Promise<Exit> {
    return this.#await("the program to exit", this.exited);
  }

  /** What broke the protocol so far, if anything did. */
  get violation(): Finding | undefined {
    return this.#answers.violation;
  }

  /** What came on stdout that is no answer, where go does not mind: after close was sent, or cut off by the end. */
  get noise(): Finding | undefined {
    return this.#answers.noise;
  }

  async #await<T>(what: string, promise: Promise<T>): Promise<T> {
    try {
      return await this.#options.within(what, () => this.#describe(), promise);
    } catch (error) {
      // The end of stdout fails all that waits; what this one waited for is known here.
      const end = this.#end;
      const known = end !== undefined && error === end ? end.expecting(what) : error;
      if (known instanceof Finding) known.process ??= this.number;
      throw known;
    }
  }

  /** What the program is doing, as far as one can see from here. */
  #describe(): string {
    if (this.exitText !== undefined) return this.exitText;
    if (this.#requests.isClosed) return "nothing; it still runs, and has closed its stdin";
    const { unwritten } = this.#requests;
    if (unwritten > 0) return `nothing; it has stopped reading, and ${unwritten} bytes wait to be written`;
    return "nothing; it still runs, and all of stdin was written";
  }

  async #readAnswers(): Promise<void> {
    await this.read((chunk) => {
      this.#spoken.resolve();
      this.#answers.take(chunk);
      return this.violation === undefined;
    });
    this.#answers.end();
    // Checks throw these as they are.
    for (const finding of [this.violation, this.noise])
      if (finding !== undefined) finding.process = this.number;
    await within(afterEnd, this.exited);
    this.#end = new Finding("an answer", this.exitText ?? "stdout ended");
    this.#spoken.reject(this.#end);
    this.#answers.fail(this.#end);
  }
}
