import { within } from "../client/deadline.ts";
import { type Exit, Program } from "../client/spawn.ts";
import { bodyText } from "../wire/body.ts";
import { DecodeError, ResponseDecoder } from "../wire/decode.ts";
import type { Request, Response } from "../wire/messages.ts";
import { Finding } from "./check.ts";
import type { Dialect } from "./dialect.ts";
import { RequestsOut } from "./requests-out.ts";
import { Transcript } from "./transcript.ts";

/** The most of stdout that is kept as it came, in bytes: enough for every check, and a bound for a flood. */
const keptOutput = 4 * 1024 * 1024;
/** The longest answer that is taken, in bytes. */
const longestAnswer = 1024 * 1024;
/** How long the exit may follow the end of stdout to be told with it, in ms. */
const afterEnd = 250;

export interface PeerOptions {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly dialect: Dialect;
  /** Rejects, with a Finding made from what was waited for, when the check's time is over. */
  within<T>(what: string, state: () => string, promise: Promise<T>): Promise<T>;
}

/**
 * A running program under test, spoken to as the client of a dialect would, and closer: any bytes in any pieces, any id,
 * and everything it writes is kept. What breaks the protocol fails whatever waits, and whatever is asked after that.
 */
export class Peer {
  readonly transcript = new Transcript();
  readonly #options: PeerOptions;
  readonly #program: Program;
  readonly #requests: RequestsOut;
  readonly #decoder = new ResponseDecoder({ maxBytes: longestAnswer });
  readonly #spoken = Promise.withResolvers<void>();
  readonly #hello = Promise.withResolvers<Response>();
  readonly #answers = new Map<Response["id"], PromiseWithResolvers<Response>>();
  readonly #answered = new Set<Response["id"]>();
  readonly #output: Uint8Array[] = [];
  #outputSize = 0;
  #greeted = false;
  #nextID = 1;
  #broken: Finding | undefined;
  /** Close was sent: go no longer minds what is no answer, and takes it for the end of stdout. */
  #closing = false;
  #noise: Finding | undefined;
  /** No answer follows: stdout has ended, or what came after close is none. */
  #over = false;
  #paused: PromiseWithResolvers<void> | undefined;
  #commands: ReadonlySet<string> = new Set();
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
    this.#program = new Program(argv, { env, cwd, stderr: () => {}, group: true });
    this.#program.hold();
    this.#requests = new RequestsOut(this.#program);
    this.outputEnded = this.#read();
    this.exited = this.#program.exited().then((exit) => {
      this.#exit = exit;
      this.transcript.event(
        exit.signal === null ? `exited with code ${exit.code}` : `ended by ${exit.signal}`,
      );
      return exit;
    });
    for (const { promise } of [this.#hello, this.#spoken]) promise.catch(() => {}); // who asks gets the error
  }

  get pid(): number {
    return this.#program.pid;
  }

  get dialect(): Dialect {
    return this.#options.dialect;
  }

  /** What the hello declares; nothing before it is there. */
  get commands(): ReadonlySet<string> {
    return this.#commands;
  }

  /** Its working directory. */
  get cwd(): string {
    return this.#options.cwd;
  }

  get hasExited(): boolean {
    return this.#exit !== undefined;
  }

  /** The last lines of stderr. */
  get stderrTail(): readonly string[] {
    return this.#program.stderrTail;
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
    return this.#await("a hello", () => this.#hello.promise);
  }

  /** The first bytes on stdout, whatever they are. @throws {Finding} where none come */
  firstOutput(): Promise<void> {
    return this.#await("something on stdout", () => this.#spoken.promise);
  }

  /** The next id that {@link send} takes. */
  get nextID(): number {
    return this.#nextID;
  }

  /** Sends a request with its body, in the bytes of the dialect. @returns its id; see {@link answer} */
  send(request: Omit<Request, "id"> & Partial<Pick<Request, "id">>, body?: Uint8Array): Response["id"] {
    const id = request.id ?? this.#nextID++;
    this.expect(id);
    if (request.command === "close") this.#closing = true;
    const bytes = this.#options.dialect.encode({ ...request, id });
    void this.write(bytes);
    if (body !== undefined && body.length > 0) {
      this.transcript.event(`→ a body of ${body.length} bytes`);
      void this.#requests.writeBody(body);
    }
    return id;
  }

  /** The bytes of a request and of its body, for who sends them with {@link write}; its answer is expected. */
  prepare(request: Omit<Request, "id">, body?: Uint8Array): { id: Response["id"]; bytes: Uint8Array } {
    const id = this.#nextID++;
    this.expect(id);
    if (request.command === "close") this.#closing = true;
    const head = this.#options.dialect.encode({ ...request, id });
    if (body === undefined || body.length === 0) return { id, bytes: head };
    return { id, bytes: Buffer.concat([head, new TextEncoder().encode(bodyText(body))]) };
  }

  /** Says that a request with that id goes out: its answer is one that was asked for. */
  expect(id: Response["id"]): void {
    const answer = Promise.withResolvers<Response>();
    answer.promise.catch(() => {}); // who asks for it gets the error
    if (this.#broken !== undefined) answer.reject(this.#broken);
    this.#answers.set(id, answer);
  }

  /** Writes bytes to stdin as they are, after all that was written before. Resolves when the pipe has taken them. */
  write(bytes: Uint8Array | string): Promise<void> {
    const data = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    this.transcript.sent(data);
    return this.#requests.write(data);
  }

  /** Writes bytes in pieces of a size, with a pause between them, so that most are read apart. */
  writePieces(bytes: Uint8Array, size: number): Promise<void> {
    this.transcript.event(`→ in pieces of ${size}: ${bytes.length} bytes`);
    return this.#requests.writePieces(bytes, size);
  }

  /** Resolves when all that was sent is written; rejects with a Finding where the program does not take it. */
  written(): Promise<void> {
    return this.#await("the program to read its stdin", () => this.#requests.written);
  }

  /** The answer to a request. @throws {Finding} where none came, or the program broke the protocol before it */
  answer(id: Response["id"]): Promise<Response> {
    const answer = this.#answers.get(id);
    if (answer === undefined) throw new Error(`request ${id} was never sent: a mistake in the check`);
    return this.#await(`an answer to request ${id}`, () => answer.promise);
  }

  /** The answer to close; undefined where the program ended its stdout instead, and may. @throws {Finding} otherwise */
  async closed(id: Response["id"]): Promise<Response | undefined> {
    try {
      return await this.answer(id);
    } catch (error) {
      const unanswered = this.#over && this.#broken === undefined;
      if (unanswered && this.#options.dialect.closeMayGoUnanswered) return undefined;
      throw error;
    }
  }

  /** The ids of what was answered so far, in the order of the answers. */
  get answered(): readonly Response["id"][] {
    return [...this.#answered];
  }

  /** The answer that is there by now, if there is one. */
  hasAnswered(id: Response["id"]): boolean {
    return this.#answered.has(id);
  }

  /** Ends stdin, when all that was sent is written. */
  async endStdin(): Promise<void> {
    await this.written();
    this.transcript.event("stdin ended");
    this.#program.endStdin();
  }

  /** The end of stdout. @throws {Finding} where it does not come, or the program broke the protocol before it */
  async ended(): Promise<void> {
    await this.#await("the end of stdout", () => this.outputEnded);
    if (this.#broken !== undefined) throw this.#broken;
  }

  /** The exit. @throws {Finding} where it does not come */
  exit(): Promise<Exit> {
    return this.#await("the program to exit", () => this.exited);
  }

  /** What broke the protocol so far, if anything did. */
  get violation(): Finding | undefined {
    return this.#broken;
  }

  /** What came on stdout that is no answer, where go does not mind: after close was sent, or cut off by the end. */
  get noise(): Finding | undefined {
    return this.#noise;
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
    this.#program.release();
  }

  async #await<T>(what: string, promise: () => Promise<T>): Promise<T> {
    try {
      return await this.#options.within(what, () => this.#describe(), promise());
    } catch (error) {
      // The end of stdout fails all that waits; what this one waited for is known here.
      const end = this.#end;
      throw end !== undefined && error === end ? new Finding(what, end.actual) : error;
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
      this.#decode(chunk);
      if (this.#broken !== undefined) {
        this.#program.closeOutput();
        break;
      }
    }
    this.transcript.event("stdout ended");
    this.#endDecoder();
    await within(afterEnd, this.exited);
    this.#over = true;
    this.#end = new Finding("an answer", this.#exit === undefined ? "stdout ended" : this.#describe());
    this.#fail(this.#end, false);
  }

  #decode(chunk: Uint8Array): void {
    if (this.#noise !== undefined) return;
    let responses: readonly Response[];
    let refused: DecodeError | undefined;
    try {
      responses = this.#decoder.push(chunk);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      [responses, refused] = [error.values, error];
    }
    for (const response of responses) this.#deliver(response);
    if (refused === undefined) return;
    const finding = new Finding("JSON of the protocol on stdout", refused.message);
    if (this.#closing) {
      this.#noise = finding;
      this.#over = true;
    }
    this.#fail(finding, !this.#closing);
  }

  #endDecoder(): void {
    try {
      this.#decoder.end();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#noise ??= new Finding("JSON of the protocol on stdout, whole to the end", error.message);
    }
  }

  #deliver(response: Response): void {
    const { id } = response;
    const answer = this.#answers.get(id);
    if (!this.#greeted) {
      this.#greeted = true;
      this.#commands = new Set(response.knownCommands);
      this.#hello.resolve(response);
    } else if (this.#answered.has(id)) {
      this.#fail(new Finding("one answer to a request", `a second one with ID ${id}`));
    } else if (answer === undefined) {
      this.#fail(new Finding("an answer to a request", `one with ID ${id}, which was not asked`));
    } else {
      this.#answered.add(id);
      answer.resolve(response);
    }
  }

  #fail(finding: Finding, violation = true): void {
    if (violation) this.#broken ??= finding;
    this.#spoken.reject(finding);
    this.#hello.reject(finding);
    for (const answer of this.#answers.values()) answer.reject(finding);
  }
}
