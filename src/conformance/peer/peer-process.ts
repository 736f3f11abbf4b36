import { type Exit, Program } from "../../client/process/spawn.ts";
import { within } from "../../wait.ts";
import { Finding } from "../finding.ts";
import { RequestsOut } from "./requests-out.ts";
import { type Observer, Transcript } from "./transcript.ts";

/** How much of stdout is kept, in bytes: enough for every check, and a bound for a program that floods it. */
const keptOutput = 4 * 1024 * 1024;
/** How long to wait for the exit after the end of stdout, in ms, so that a finding can name it. */
const exitGrace = 250;
/** How long to wait for the rest of the stderr of a program that has exited, in ms. */
const stderrGrace = 250;

export interface PeerProcessOptions {
  /** The number of the process within its check, from 1. */
  readonly number: number;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Receives everything that is sent and received. */
  readonly observer?: Observer | undefined;
  /** Called for each sign of activity: an expected response arrived, or the program read bytes. */
  onLife(): void;
  /** Waits for a promise; rejects with a Finding, made from `what` and `state`, when the check's time is over. */
  within<T>(what: string, state: () => string, promise: Promise<T>): Promise<T>;
}

/** The process of a program under test: its pipes, its exit, its signals. It doesn't interpret messages. */
export class PeerProcess {
  readonly transcript: Transcript;
  /** Its working directory. */
  readonly cwd: string;
  /** Resolves when the process is gone. */
  readonly exited: Promise<Exit>;
  readonly number: number;
  readonly #program: Program;
  readonly #requests: RequestsOut;
  readonly #within: PeerProcessOptions["within"];
  readonly #firstOutput = waiting<void>();
  readonly #output: Uint8Array[] = [];
  #outputSize = 0;
  #paused: PromiseWithResolvers<void> | undefined;
  #exit: Exit | undefined;
  /** The finding for everything that still waits at the end of stdout. */
  #end: Finding | undefined;

  constructor({ number, argv, env, cwd, observer, onLife, within }: PeerProcessOptions) {
    this.number = number;
    this.#within = within;
    this.cwd = cwd;
    this.transcript = new Transcript(observer);
    const stderr = (line: string) => this.transcript.stderr(line);
    this.#program = new Program(argv, { env, cwd, stderr, group: true });
    this.#program.ref();
    this.#requests = new RequestsOut(this.#program, onLife);
    this.exited = this.#program.exited().then((exit) => {
      this.#exit = exit;
      this.transcript.event(
        exit.signal === null ? `exited with code ${exit.code}` : `killed by ${exit.signal}`,
      );
      return exit;
    });
  }

  get pid(): number {
    return this.#program.pid;
  }

  /** The first and last lines of stderr. */
  get stderrLines(): readonly string[] {
    return this.#program.stderrLines;
  }

  /** Resolves when stderr has been read to its end. */
  stderrEnded(): Promise<void> {
    return this.#program.stderrEnded();
  }

  /** The first and last lines of stderr so far. Waits for the rest if the program has exited, but not for long. */
  async lastStderr(): Promise<readonly string[]> {
    if (this.#exit !== undefined) await within(stderrGrace, this.stderrEnded());
    return [...this.stderrLines];
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

  /** Writes the line of a body. */
  protected writeBody(body: Uint8Array): Promise<void> {
    this.transcript.sentBody(body);
    return this.#requests.writeBody(body);
  }

  /** Resolves when everything sent is written. Rejects with a Finding if the program doesn't read it. */
  written(): Promise<void> {
    return this.waitFor("the program to read its stdin", this.#requests.written);
  }

  /** Closes stdin after everything sent is written. */
  async endStdin(): Promise<void> {
    await this.written();
    this.transcript.event("stdin ended");
    this.#program.endStdin();
  }

  /** Waits for the first bytes on stdout. @throws {Finding} if none arrive */
  firstOutput(): Promise<void> {
    return this.waitFor("output on stdout", this.#firstOutput.promise);
  }

  /** Waits for the exit. @throws {Finding} if the program doesn't exit */
  exit(): Promise<Exit> {
    return this.waitFor("the program to exit", this.exited);
  }

  /** The output on stdout so far, up to 4 MiB. */
  get output(): Uint8Array {
    return Buffer.concat(this.#output);
  }

  /** Stops reading stdout after the next chunk, until {@link resume}. */
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

  /** Kills the program and its children. Resolves when the program is gone. */
  async kill(): Promise<void> {
    this.resume();
    await this.#program.kill();
    this.#program.signal("SIGKILL"); // its children may have outlived it
    this.#program.unref();
  }

  /** Waits within the check's time. @throws {Finding} if that is over, or stdout has ended; it says what was expected */
  protected async waitFor<T>(what: string, promise: Promise<T>): Promise<T> {
    try {
      return await this.#within(what, () => this.#state, promise);
    } catch (error) {
      // The end of stdout rejects every wait with the same finding; only here is it known what this one waited for.
      const end = this.#end;
      const known = end !== undefined && error === end ? end.expecting(what) : error;
      if (known instanceof Finding) known.process ??= this.number;
      throw known;
    }
  }

  /** What the program is doing, as far as can be seen from outside. */
  get #state(): string {
    if (this.#exit !== undefined) return exitText(this.#exit);
    if (this.#requests.isClosed) return "nothing; the program is still running, but has closed its stdin";
    const { unwritten } = this.#requests;
    if (unwritten > 0)
      return `nothing; the program has stopped reading its stdin: ${unwritten} bytes are still unwritten`;
    return "nothing; the program is still running, and all of its stdin was written";
  }

  /** Reads stdout to its end, or until `take` returns false. */
  protected async read(take: (chunk: Uint8Array) => boolean): Promise<void> {
    for (;;) {
      await this.#paused?.promise;
      const chunk = await this.#program.read();
      if (chunk === undefined) break;
      this.#firstOutput.resolve();
      this.transcript.received(chunk);
      if (this.#outputSize < keptOutput) {
        this.#output.push(chunk.slice());
        this.#outputSize += chunk.length;
      }
      if (!take(chunk)) {
        this.#program.closeOutput();
        break;
      }
    }
    this.transcript.event("stdout ended");
  }

  /** Waits a moment for the exit after the end of stdout. Resolves to the finding for everything that still waits. */
  protected async outputEnd(): Promise<Finding> {
    await within(exitGrace, this.exited);
    const end = new Finding("a response", this.#exit === undefined ? "stdout ended" : exitText(this.#exit));
    this.#end = end;
    this.#firstOutput.reject(end);
    return end;
  }
}

function exitText({ code, signal }: Exit): string {
  return signal === null ? `it exited with code ${code}` : `it was killed by ${signal}`;
}

/** A promise that may be rejected before anybody waits for it. */
export function waiting<T>(): PromiseWithResolvers<T> {
  const resolvers = Promise.withResolvers<T>();
  resolvers.promise.catch(() => {});
  return resolvers;
}
