import { within } from "../../client/deadline.ts";
import { type Exit, Program } from "../../client/process/spawn.ts";
import { bodyText } from "../../wire/body.ts";
import type { Request, Response } from "../../wire/messages.ts";
import { Finding } from "../finding.ts";
import { AnswersIn } from "./answers-in.ts";
import type { Dialect } from "./dialect.ts";
import { RequestsOut } from "./requests-out.ts";
import { type Observer, Transcript } from "./transcript.ts";

/** The most of stdout that is kept as it came, in bytes: enough for every check, and a bound for a flood. */
const keptOutput = 4 * 1024 * 1024;
/** How long the exit may follow the end of stdout to be told with it, in ms. */
const afterEnd = 250;

export interface PeerOptions {
  /** Which of a check's programs it is, from 1. */
  readonly number: number;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly dialect: Dialect;
  /** Who is told all that is said, if anybody is. */
  readonly observer?: Observer | undefined;
  /** Called with each sign of life: an answer that was asked for, and bytes that were taken. */
  onLife(): void;
  /** Rejects, with a Finding made from what was waited for, when the check's time is over. */
  within<T>(what: string, state: () => string, promise: Promise<T>): Promise<T>;
}

/**
 * A running program under test, spoken to as the client of a dialect would, and closer: any bytes in any pieces, any id,
 * and everything it writes is kept. What breaks the protocol fails whatever waits, and whatever is asked after that.
 */
export class Peer {
  readonly transcript: Transcript;
  readonly #options: PeerOptions;
  readonly #program: Program;
  readonly #requests: RequestsOut;
  readonly #answers: AnswersIn;
  readonly #spoken = Promise.withResolvers<void>();
  readonly #output: Uint8Array[] = [];
  #outputSize = 0;
  #nextID = 1;
  #paused: PromiseWithResolvers<void> | undefined;
  #exit: Exit | undefined;
  /** What the end of stdout is to whoever waits for an answer. */
  #end: Finding | undefined;
  /** Resolves when stdout has ended. */
  readonly outputEnded: Promise<void>;
  /** Resolves when the process is gone. */
  readonly exited: Promise<Exit>;

  constructor(options: PeerOptions) {
    this.#options = options;
    const { argv, env, cwd } = options;
    this.transcript = new Transcript(options.observer);
    const stderr = (line: string) => this.transcript.stderr(line);
    this.#program = new Program(argv, { env, cwd, stderr, group: true });
    this.#program.ref();
    this.#requests = new RequestsOut(this.#program, options.onLife);
    this.#answers = new AnswersIn(options.onLife);
    this.outputEnded = this.#read();
    this.exited = this.#program.exited().then((exit) => {
      this.#exit = exit;
      this.transcript.event(
        exit.signal === null ? `exited with code ${exit.code}` : `ended by ${exit.signal}`,
      );
      return exit;
    });
    this.#spoken.promise.catch(() => {}); // who asks gets the error
  }

  get number(): number {
    return this.#options.number;
  }

  get pid(): number {
    return this.#program.pid;
  }

  get dialect(): Dialect {
    return this.#options.dialect;
  }

  /** What the hello declares; nothing before it is there. */
  get commands(): ReadonlySet<string> {
    return this.#answers.commands;
  }

  /** Its working directory. */
  get cwd(): string {
    return this.#options.cwd;
  }

  get hasExited(): boolean {
    return this.#exit !== undefined;
  }

  /** The first and the last lines of stderr. */
  get stderrLines(): readonly string[] {
    return this.#program.stderrLines;
  }

  /** Resolves when stderr was read to its end. */
  stderrEnded(): Promise<void> {
    return this.#program.stderrEnded();
  }

  /** What came on stdout so far, up to 4 MiB. */
  get output(): Uint8Array {
    return Buffer.concat(this.#output);
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
  send(request: Omit<Request, "id"> & Partial<Pick<Request, "id">>, body?: Uint8Array): Response["id"] {
    const id = request.id ?? this.#nextID++;
    this.expect(id);
    if (request.command === "close") this.#answers.expectEnd();
    const bytes = this.#options.dialect.encode({ ...request, id });
    void this.write(bytes);
    if (body !== undefined && body.length > 0) {
      this.transcript.sentBody(body);
      void this.#requests.writeBody(body);
    }
    return id;
  }

  /** The bytes of a request and of its body, for who sends them with {@link write}; its answer is expected. */
  prepare(request: Omit<Request, "id">, body?: Uint8Array): { id: Response["id"]; bytes: Uint8Array } {
    const id = this.#nextID++;
    this.expect(id);
    if (request.command === "close") this.#answers.expectEnd();
    const head = this.#options.dialect.encode({ ...request, id });
    if (body === undefined || body.length === 0) return { id, bytes: head };
    return { id, bytes: Buffer.concat([head, new TextEncoder().encode(bodyText(body))]) };
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
    this.#program.endStdin();
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

  /** Leaves stdout unread, from the next chunk on, until {@link resume}. */
  pause(): void {
    this.#paused ??= Promise.withResolvers();
  }

  resume(): void {
    this.#paused?.resolve();
    this.#paused = undefined;
  }

  /** Stops reading stdout and stderr. */
  closeOutput(): void {
    this.#program.closeOutput();
  }

  signal(name: NodeJS.Signals): void {
    this.transcript.event(name);
    this.#program.signal(name);
  }

  /** Ends the program and all that it has started. Resolves when it is gone. */
  async kill(): Promise<void> {
    this.resume();
    await this.#program.kill();
    this.#program.signal("SIGKILL"); // what it started may have outlived it
    this.#program.unref();
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
    if (this.#exit !== undefined) {
      const { code, signal } = this.#exit;
      return signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`;
    }
    if (this.#requests.isClosed) return "nothing; it still runs, and has closed its stdin";
    const { unwritten } = this.#requests;
    if (unwritten > 0) return `nothing; it has stopped reading, and ${unwritten} bytes wait to be written`;
    return "nothing; it still runs, and all of stdin was written";
  }

  async #read(): Promise<void> {
    for (;;) {
      await this.#paused?.promise;
      const chunk = await this.#program.read();
      if (chunk === undefined) break;
      this.transcript.received(chunk);
      this.#spoken.resolve();
      if (this.#outputSize < keptOutput) {
        this.#output.push(chunk.slice());
        this.#outputSize += chunk.length;
      }
      this.#answers.take(chunk);
      if (this.violation !== undefined) {
        this.#program.closeOutput();
        break;
      }
    }
    this.transcript.event("stdout ended");
    this.#answers.end();
    // Checks throw these as they are.
    for (const finding of [this.violation, this.noise])
      if (finding !== undefined) finding.process = this.number;
    await within(afterEnd, this.exited);
    this.#end = new Finding("an answer", this.#exit === undefined ? "stdout ended" : this.#describe());
    this.#spoken.reject(this.#end);
    this.#answers.fail(this.#end);
  }
}
