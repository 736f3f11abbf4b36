import { CacheProgError } from "../errors.ts";
import { onAbort } from "../on-abort.ts";
import { within } from "../wait.ts";
import type { DecodeError } from "../wire/decode.ts";
import type { Command, Response } from "../wire/messages.ts";
import type { Body } from "./body/body.ts";
import type { BodySource } from "./body/body-source.ts";
import type { Call } from "./calls/call.ts";
import { Calls } from "./calls/calls.ts";
import { ResponseReader } from "./calls/response-reader.ts";
import { Deadline } from "./deadline.ts";
import type { ActionID } from "./entry.ts";
import type { Settings } from "./options.ts";
import { type Exit, endTimeout, Program } from "./process/spawn.ts";

/** After a failure: how long the program has to exit once stdin ended, before SIGTERM. In ms. */
const patience = 1_000;

/**
 * The state of a connection. In `draining`, close() waits for pending calls; in `finishing`, for the end of stdout. A
 * connection never returns to an earlier state.
 */
type State = "starting" | "ready" | "draining" | "finishing" | "closed" | "failed";

/**
 * The conversation with one program: handshake, requests and responses, close, and every failure. A failure is final:
 * every pending call rejects at once with the same error.
 */
export class Connection {
  /** The commands the program declared in its hello; empty before it. */
  commands: ReadonlySet<string> = new Set();
  readonly program: Program;
  readonly #settings: Settings;
  readonly #calls: Calls;
  readonly #hello = Promise.withResolvers<void>();
  readonly #reader: ResponseReader;
  #state: State = "starting";
  #failure: CacheProgError | undefined;
  /** A call has rejected with the failure, so close() doesn't repeat it. */
  #reported = false;
  /** Resolves when the program of a failed connection is gone. */
  #gone: Promise<void> | undefined;
  /** Set when the program ended early. Resolves when its exit status is known and the connection has failed. */
  #ending: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  /**
   * Starts the program and waits for its hello. If that fails, the program is gone before the promise rejects.
   *
   * @throws {CacheProgError} `BAD_COMMAND`, `START_FAILED`, `TIMEOUT`, `ABORTED`, `EXITED`, `PROTOCOL_ERROR`
   */
  static async open(argv: readonly string[], settings: Settings): Promise<Connection> {
    const { signal } = settings;
    if (signal?.aborted)
      throw new CacheProgError("ABORTED", "the start was aborted", { cause: signal.reason });
    const connection = new Connection(new Program(argv, settings), settings);
    try {
      await connection.#handshake();
      return connection;
    } catch (error) {
      await connection.program.kill();
      throw error;
    }
  }

  private constructor(program: Program, settings: Settings) {
    this.program = program;
    this.#settings = settings;
    this.#calls = new Calls(program, {
      ...settings,
      onStall: () => this.#stalled(),
      onFailure: (error) => this.#writeFailed(error),
    });
    this.#reader = new ResponseReader(program, {
      onResponse: (response) => this.#receive(response),
      onRefusal: (error) => this.#refused(error),
    });
    void this.#reader.ended.then(() => this.#outputEnded());
    void program.exited().then((exit) => this.#exited(exit));
  }

  /** Sends a get. Resolves to what `read` returns for the response. @throws (or rejects) {CacheProgError} */
  get<T>(action: ActionID, signal: AbortSignal | undefined, read: (response: Response) => T): Promise<T> {
    const call = this.#start("get", signal, read);
    this.#calls.send(call, action);
    return call.promise;
  }

  /** Sends a put. Resolves to what `read` returns for the response. @throws (or rejects) {CacheProgError} */
  put<T>(
    action: ActionID,
    body: Body,
    signal: AbortSignal | undefined,
    read: (response: Response, body: BodySource | undefined) => T,
  ): Promise<T> {
    const call = this.#start("put", signal, read);
    this.#calls.sendWith(call, action, body);
    return call.promise;
  }

  /** Ends the conversation and the program; see CacheProg.close. Every call returns the same promise. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  #start<T>(
    command: Command,
    signal: AbortSignal | undefined,
    read: (response: Response, body: BodySource | undefined) => T,
  ): Call<T> {
    if (this.#failure !== undefined) {
      this.#reported = true;
      throw this.#failure;
    }
    if (this.#state !== "ready")
      throw this.program.error("CLOSED", `is closed: ${command} was called after close()`);
    return this.#calls.add(command, read, signal);
  }

  async #handshake(): Promise<void> {
    const { handshakeTimeout, signal } = this.#settings;
    const late = `sent no hello within ${handshakeTimeout} ms; expected {"ID":0,"KnownCommands":[…]} on its stdout`;
    const deadline = new Deadline();
    deadline.set(handshakeTimeout, () => this.#fail(this.program.error("TIMEOUT", late)));
    const abort = () =>
      this.#fail(this.program.error("ABORTED", "was aborted before its hello", signal?.reason));
    const unlisten = signal && onAbort(signal, abort);
    this.program.ref();
    try {
      await this.#hello.promise;
    } finally {
      this.program.unref();
      unlisten?.();
      deadline.clear();
    }
  }

  async #close(): Promise<void> {
    const { closeTimeout } = this.#settings;
    const deadline = new Deadline();
    deadline.set(closeTimeout, () => {
      if (this.#failure !== undefined) return;
      this.#fail(
        this.program.error("TIMEOUT", `did not end within ${closeTimeout} ms of close(), and was stopped`),
        0,
      );
      this.#reported = false; // close() reports its own timeout, even if calls report it too
    });
    this.program.ref();
    try {
      if (this.#state === "ready") this.#state = "draining";
      await this.#calls.drained();
      await this.#ending;
      const refusal = this.#failure === undefined ? await this.#finish() : undefined;
      await this.#gone;
      deadline.clear();
      await within(patience, this.#calls.bodiesClosed()); // don't wait longer for a disk that hangs
      if (this.#failure !== undefined) {
        if (!this.#reported) throw this.#failure;
        return;
      }
      this.#state = "closed";
      if (refusal !== undefined) throw refusal;
    } finally {
      deadline.clear();
      this.program.unref();
    }
  }

  /** The orderly end: send close if declared, end stdin, wait for the end of stdout and the exit. */
  async #finish(): Promise<CacheProgError | undefined> {
    this.#state = "finishing";
    let refusal: CacheProgError | undefined;
    if (this.commands.has("close")) {
      const call = this.#calls.add("close", ({ err }) => err);
      this.#calls.send(call);
      try {
        const err = await call.promise;
        if (err !== "") refusal = this.program.error("SERVER_ERROR", `answered close with an error: ${err}`);
      } catch {
        // Either the program exited without a response, which is fine, or the connection failed: close() handles that.
      }
    }
    this.program.endStdin();
    // With a finite closeTimeout both always resolve, because stopping the program also closes its pipes.
    await Promise.all([this.#reader.ended, this.program.exited()]);
    await within(endTimeout, this.program.stderrEnded());
    this.program.closeOutput();
    return refusal;
  }

  #receive(response: Response): void {
    if (this.#state === "starting") this.#readHello(response);
    else if (!this.#calls.answer(response)) {
      this.#protocolError(`answered request ${response.id}, which was never sent or is already answered`);
    }
  }

  #refused(error: DecodeError): void {
    const what = `wrote something that isn't a response: ${error.message}`;
    // While closing, output that can't be decoded counts as the end of stdout. Source: prog.go, readLoop.
    if (this.#state === "finishing") this.#hangUp(this.program.error("PROTOCOL_ERROR", what, error));
    else this.#protocolError(what, error);
  }

  #readHello({ id, knownCommands }: Response): void {
    if (id !== 0) this.#protocolError(`wrote a first message with ID ${id}; expected the hello, with ID 0`);
    else if (knownCommands.length === 0) {
      this.#protocolError("declared no supported commands; expected KnownCommands in its first message");
    } else {
      this.commands = new Set(knownCommands);
      this.#state = "ready";
      this.#hello.resolve();
    }
  }

  #outputEnded(): void {
    this.#handleEnd(this.program.endError("closed its stdout"));
  }

  /**
   * The process is gone. Its last responses may still be in the pipe, so this waits a moment for the end of stdout, which
   * doesn't come while a child of the program holds the pipe open.
   */
  #exited(exit: Exit): void {
    const ended = within(endTimeout, this.#reader.ended);
    this.#handleEnd(
      this.program.endError(
        "exited",
        ended.then(() => exit),
      ),
    );
  }

  #writeFailed(error: unknown): void {
    if (!(error instanceof CacheProgError)) {
      this.#handleEnd(this.program.endError("closed its stdin"));
      return;
    }
    const message = `${error.message}; the connection to the cache program ${this.program.name} is over`;
    this.#fail(new CacheProgError(error.code, message, { cause: error }));
  }

  /** The program can't answer any more. While finishing, this is the expected end; otherwise it is a failure. */
  #handleEnd(error: Promise<CacheProgError>): void {
    if (this.#state === "finishing") void error.then((end) => this.#hangUp(end));
    else this.#ending ??= error.then((end) => this.#fail(end)); // no effect if it has already failed
  }

  /** Stops waiting for the response to close; close() then only waits for the end of the program. */
  #hangUp(error: CacheProgError): void {
    this.#reader.ignore();
    this.#calls.fail(error);
  }

  #stalled(): void {
    const { responseTimeout } = this.#settings;
    this.#fail(
      this.program.error(
        "TIMEOUT",
        `stopped reading its stdin, or reads it too slowly: it did not take a write within ${responseTimeout} ms`,
      ),
    );
  }

  #protocolError(what: string, cause?: unknown): void {
    this.#fail(this.program.error("PROTOCOL_ERROR", what, cause));
  }

  #fail(error: CacheProgError, stopAfter = patience): void {
    if (this.#failure !== undefined || this.#state === "closed") return;
    const starting = this.#state === "starting";
    this.#failure = error;
    this.#state = "failed";
    this.#reader.ignore();
    this.#reported = this.#calls.fail(error);
    if (starting) this.#hello.reject(error);
    else this.#gone = this.program.stop(stopAfter);
  }
}
