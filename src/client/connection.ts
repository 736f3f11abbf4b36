import { CacheProgError } from "../errors.ts";
import { onAbort } from "../on-abort.ts";
import { within } from "../wait.ts";
import type { DecodeError } from "../wire/decode.ts";
import type { Command, Response } from "../wire/messages.ts";
import { Calls } from "./calls/calls.ts";
import { ResponseReader } from "./calls/response-reader.ts";
import { Deadline } from "./deadline.ts";
import type { Settings } from "./options.ts";
import { type Exit, endTimeout, type Program } from "./process/spawn.ts";

/** After a failure: how long the program has to exit once stdin ended, before SIGTERM. In ms. */
const patience = 1_000;

/**
 * The state of a connection; it never returns to an earlier one. In `draining`, close() waits for pending calls; in
 * `finishing`, for the end of stdout.
 */
type State = { readonly name: "starting" | "ready" | "draining" | "finishing" | "closed" } | Failed;

interface Failed {
  readonly name: "failed";
  readonly error: CacheProgError;
  /** Resolves when the program is gone. */
  readonly gone: Promise<void>;
  /** A call has rejected with the error, so close() doesn't repeat it. */
  reported: boolean;
}

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
  #state: State = { name: "starting" };
  /** Set when the program ended early. Resolves when its exit status is known and the connection has failed. */
  #ending: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  /**
   * Waits for the hello of a program that has just been started. If that fails, the program is gone before the promise
   * rejects.
   *
   * @param onFailedCall called for each get and put that rejects
   * @throws {CacheProgError} `TIMEOUT`, `ABORTED`, `EXITED`, `PROTOCOL_ERROR`
   */
  static async open(
    program: Program,
    settings: Settings,
    onFailedCall: (error: unknown) => void,
  ): Promise<Connection> {
    const connection = new Connection(program, settings, onFailedCall);
    try {
      await connection.#handshake();
      return connection;
    } catch (error) {
      await program.kill();
      throw error;
    }
  }

  private constructor(program: Program, settings: Settings, onFailedCall: (error: unknown) => void) {
    this.program = program;
    this.#settings = settings;
    this.#calls = new Calls(program, {
      ...settings,
      onStall: () => this.#stalled(),
      onFailure: (error) => this.#writeFailed(error),
      onFailedCall,
    });
    this.#reader = new ResponseReader(program, {
      onResponse: (response, now) => this.#receive(response, now),
      onRefusal: (error) => this.#refused(error),
    });
    void this.#reader.ended.then(() => this.#handleEnd(program.endError("closed its stdout")));
    void program.exited().then((exit) => this.#exited(exit));
  }

  /**
   * The calls of an open connection, to send one more.
   *
   * @throws {CacheProgError} the failure of the connection, or `CLOSED`
   */
  open(command: Command): Calls {
    const state = this.#state;
    if (state.name === "ready") return this.#calls;
    if (state.name !== "failed")
      throw this.program.error("CLOSED", `is closed: ${command} was called after close()`);
    state.reported = true;
    throw state.error;
  }

  /** See CacheStats.responseTime. */
  get responseTime(): number {
    return this.#calls.responseTime;
  }

  /** Ends the conversation and the program; see CacheProg.close. Every call returns the same promise. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
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
      const late = `did not end within ${closeTimeout} ms of close(), and was stopped`;
      this.#fail(this.program.error("TIMEOUT", late), 0);
    });
    this.program.ref();
    try {
      this.#become({ name: "draining" });
      await this.#calls.drained();
      await this.#ending;
      const refusal = this.#become({ name: "finishing" }) ? await this.#finish() : undefined;
      await this.#failed?.gone;
      deadline.clear();
      await within(patience, this.#calls.bodiesClosed()); // don't wait longer for a disk that hangs
      this.#become({ name: "closed" });
      const failed = this.#failed;
      if (failed !== undefined && !failed.reported) throw failed.error;
      if (failed === undefined && refusal !== undefined) throw refusal;
    } finally {
      deadline.clear();
      this.program.unref();
    }
  }

  /** The orderly end: send close if declared, end stdin, wait for the end of stdout and the exit. */
  async #finish(): Promise<CacheProgError | undefined> {
    let refusal: CacheProgError | undefined;
    if (this.commands.has("close")) {
      try {
        const err = await this.#calls.close(({ err }) => err);
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

  #receive(response: Response, now: number): void {
    if (this.#state.name === "starting") this.#readHello(response);
    else if (!this.#calls.answer(response, now)) {
      this.#protocolError(`answered request ${response.id}, which was never sent or is already answered`);
    }
  }

  #refused(error: DecodeError): void {
    const what = `wrote something that isn't a response: ${error.message}`;
    // While closing, output that can't be decoded counts as the end of stdout. Source: prog.go, readLoop.
    if (this.#state.name === "finishing") this.#hangUp(this.program.error("PROTOCOL_ERROR", what, error));
    else this.#protocolError(what, error);
  }

  #readHello({ id, knownCommands }: Response): void {
    if (id !== 0) this.#protocolError(`wrote a first message with ID ${id}; expected the hello, with ID 0`);
    else if (knownCommands.length === 0) {
      this.#protocolError("declared no supported commands; expected KnownCommands in its first message");
    } else {
      this.commands = new Set(knownCommands);
      this.#become({ name: "ready" });
      this.#hello.resolve();
    }
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
    if (this.#state.name === "finishing") void error.then((end) => this.#hangUp(end));
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

  /** The one way to fail. @param stopAfter how long the program has before SIGTERM; 0 if close() timed out */
  #fail(error: CacheProgError, stopAfter = patience): void {
    const { name } = this.#state;
    if (name === "failed" || name === "closed") return;
    this.#reader.ignore();
    const told = this.#calls.fail(error);
    const gone = name === "starting" ? Promise.resolve() : this.program.stop(stopAfter);
    // close() reports its own timeout, even if calls report it too.
    this.#become({ name: "failed", error, gone, reported: told && stopAfter > 0 });
    if (name === "starting") this.#hello.reject(error);
  }

  get #failed(): Failed | undefined {
    return this.#state.name === "failed" ? this.#state : undefined;
  }

  /** Changes the state. Returns false if it is final: failed or closed. */
  #become(next: State): boolean {
    if (this.#state.name === "failed" || this.#state.name === "closed") return false;
    this.#state = next;
    return true;
  }
}
