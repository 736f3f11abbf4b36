/*
 * This folder is the program under test as checks see it. Peer sends requests and waits for responses, PeerProcess is the
 * process, RequestsOut writes its stdin, AnswersIn reads its stdout, and the transcript keeps the last messages.
 */

import type { Exit } from "../../client/process/spawn.ts";
import { within } from "../../wait.ts";
import { bodyText } from "../../wire/body.ts";
import type { Request, Response } from "../../wire/messages.ts";
import { Finding } from "../finding.ts";
import { AnswersIn } from "./answers-in.ts";
import type { Dialect } from "./dialect.ts";
import { PeerProcess, type PeerProcessOptions } from "./peer-process.ts";
import { RequestsOut } from "./requests-out.ts";

/** How long to wait for the exit after the end of stdout, in ms, so that a finding can name it. */
const exitGrace = 250;

export interface PeerOptions extends PeerProcessOptions {
  /** The number of the process within its check, from 1. */
  readonly number: number;
  readonly dialect: Dialect;
  /** Called for each sign of activity: an expected response arrived, or the program read bytes. */
  onLife(): void;
  /** Waits for a promise; rejects with a Finding, made from `what` and `state`, when the check's time is over. */
  within<T>(what: string, state: () => string, promise: Promise<T>): Promise<T>;
}

/** A request; without an id, it gets the next one. */
type Sent = Omit<Request, "id"> & Partial<Pick<Request, "id">>;

/**
 * A running program under test. Talks to it as the client of a dialect would, but can also send any bytes in any pieces
 * with any id, and keeps its output. A violation of the protocol rejects every pending wait and every later one.
 */
export class Peer extends PeerProcess {
  readonly #options: PeerOptions;
  readonly #requests: RequestsOut;
  readonly #answers: AnswersIn;
  readonly #firstOutput = Promise.withResolvers<void>();
  #nextID = 1;
  /** The finding for everything that still waits at the end of stdout. */
  #end: Finding | undefined;
  /** Resolves when stdout has ended. */
  readonly outputEnded: Promise<void>;

  constructor(options: PeerOptions) {
    super(options);
    this.#options = options;
    this.#requests = new RequestsOut(this.program, options.onLife);
    this.#answers = new AnswersIn(options.onLife);
    this.outputEnded = this.#readAnswers();
    this.#firstOutput.promise.catch(() => {}); // callers of `firstOutput` get the error
  }

  get number(): number {
    return this.#options.number;
  }

  get dialect(): Dialect {
    return this.#options.dialect;
  }

  /** The commands that the hello declares; empty before it arrives. */
  get commands(): ReadonlySet<string> {
    return this.#answers.commands;
  }

  /** The hello. @throws {Finding} if none arrives, or something else does */
  hello(): Promise<Response> {
    return this.#await("a hello", this.#answers.hello);
  }

  /** Waits for the first bytes on stdout. @throws {Finding} if none arrive */
  firstOutput(): Promise<void> {
    return this.#await("output on stdout", this.#firstOutput.promise);
  }

  /** The id of the next request. */
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

  /** The bytes of a request and its body, to be sent with {@link write}. Its response is expected from now on. */
  prepare(request: Omit<Request, "id">, body?: Uint8Array): { id: Response["id"]; bytes: Uint8Array } {
    const { id, bytes: head } = this.#encode(request);
    if (body === undefined || body.length === 0) return { id, bytes: head };
    return { id, bytes: Buffer.concat([head, new TextEncoder().encode(bodyText(body))]) };
  }

  /** The bytes of a request. Its response is expected from now on. */
  #encode(request: Sent): { id: Response["id"]; bytes: Uint8Array } {
    const id = request.id ?? this.#nextID++;
    this.expect(id);
    if (request.command === "close") this.#answers.expectEnd();
    return { id, bytes: this.#options.dialect.encode({ ...request, id }) };
  }

  /** Registers a request that is sent as raw bytes: a response with its id is expected from now on. */
  expect(id: Response["id"]): void {
    this.#answers.expect(id);
  }

  /** Writes bytes to stdin unchanged, after all earlier writes. Resolves when the pipe has accepted them. */
  write(bytes: Uint8Array | string): Promise<void> {
    const data = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    this.transcript.sent(data);
    return this.#requests.write(data);
  }

  /** Writes bytes in pieces of `size` bytes, with pauses, so that the program reads most of them separately. */
  writePieces(bytes: Uint8Array, size: number): Promise<void> {
    this.transcript.sentInPieces(bytes, size);
    return this.#requests.writePieces(bytes, size);
  }

  /** Resolves when everything sent is written. Rejects with a Finding if the program doesn't read it. */
  written(): Promise<void> {
    return this.#await("the program to read its stdin", this.#requests.written);
  }

  /** The response to a request. @throws {Finding} if none arrives, or the program violates the protocol first */
  async answer(id: Response["id"]): Promise<Response> {
    try {
      return await this.#await(`a response to request ${id}`, this.#answers.answer(id));
    } catch (error) {
      if (error instanceof Finding)
        error.kind ??= error.late ? "silent" : error === this.violation ? "broken" : "ended";
      throw error;
    }
  }

  /** The response to close; undefined if the program ended stdout instead and may do so. @throws {Finding} otherwise */
  async closed(id: Response["id"]): Promise<Response | undefined> {
    try {
      return await this.answer(id);
    } catch (error) {
      const unanswered = this.#answers.isOver && this.violation === undefined;
      if (unanswered && this.#options.dialect.closeMayGoUnanswered) return undefined;
      throw error;
    }
  }

  /** The ids of the requests answered so far, in the order of their responses. */
  get answered(): readonly Response["id"][] {
    return [...this.#answers.answered];
  }

  /** Whether the response to a request has arrived. */
  hasAnswered(id: Response["id"]): boolean {
    return this.#answers.answered.has(id);
  }

  /** Closes stdin after everything sent is written. */
  async endStdin(): Promise<void> {
    await this.written();
    this.transcript.event("stdin ended");
    this.program.endStdin();
  }

  /** Waits for the end of stdout. @throws {Finding} if it doesn't come, or the program violated the protocol first */
  async ended(): Promise<void> {
    await this.#await("the end of stdout", this.outputEnded);
    if (this.violation !== undefined) throw this.violation;
  }

  /** Waits for the exit. @throws {Finding} if the program doesn't exit */
  exit(): Promise<Exit> {
    return this.#await("the program to exit", this.exited);
  }

  /** The first violation of the protocol, if there was one. */
  get violation(): Finding | undefined {
    return this.#answers.violation;
  }

  /** Output that is not a response, where go doesn't mind: after close was sent, or cut off by the end of stdout. */
  get noise(): Finding | undefined {
    return this.#answers.noise;
  }

  async #await<T>(what: string, promise: Promise<T>): Promise<T> {
    try {
      return await this.#options.within(what, () => this.#describe(), promise);
    } catch (error) {
      // The end of stdout rejects every wait with the same finding; only here is it known what this one waited for.
      const end = this.#end;
      const known = end !== undefined && error === end ? end.expecting(what) : error;
      if (known instanceof Finding) known.process ??= this.number;
      throw known;
    }
  }

  /** What the program is doing, as far as can be seen from outside. */
  #describe(): string {
    if (this.exitText !== undefined) return this.exitText;
    if (this.#requests.isClosed) return "nothing; the program is still running, but has closed its stdin";
    const { unwritten } = this.#requests;
    if (unwritten > 0)
      return `nothing; the program has stopped reading its stdin: ${unwritten} bytes are still unwritten`;
    return "nothing; the program is still running, and all of its stdin was written";
  }

  async #readAnswers(): Promise<void> {
    await this.read((chunk) => {
      this.#firstOutput.resolve();
      this.#answers.take(chunk);
      return this.violation === undefined;
    });
    this.#answers.end();
    // Checks throw these directly.
    for (const finding of [this.violation, this.noise])
      if (finding !== undefined) finding.process = this.number;
    await within(exitGrace, this.exited);
    this.#end = new Finding("a response", this.exitText ?? "stdout ended");
    this.#firstOutput.reject(this.#end);
    this.#answers.fail(this.#end);
  }
}
