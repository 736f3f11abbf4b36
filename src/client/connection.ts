import { CacheProgError } from "../errors.ts";
import type { DecodeError } from "../wire/decode.ts";
import type { Command, Response } from "../wire/messages.ts";
import type { Body } from "./body/body.ts";
import type { BodySource } from "./body/body-source.ts";
import type { Call } from "./calls/call.ts";
import { Calls } from "./calls/calls.ts";
import { ResponseReader } from "./calls/response-reader.ts";
import { Deadline, within } from "./deadline.ts";
import type { ActionID } from "./entry.ts";
import { onAbort } from "./on-abort.ts";
import type { Settings } from "./options.ts";
import { afterEnd, type Exit, Program } from "./process/spawn.ts";

/** How long a program whose connection failed may take to end by itself, once its stdin has ended. In ms. */
const patience = 1_000;

/**
 * Where a connection stands. `draining` is close() while it waits for its own calls; `finishing` is close() after
 * that, when the end of stdout is what is waited for. It only ever moves forward.
 */
type State = "starting" | "ready" | "draining" | "finishing" | "closed" | "failed";

/**
 * The conversation with one program: the hello, calls and their answers, close, and all that can go wrong with them.
 * A connection that failed stays failed, and every call that waits fails with the same error, at once.
 */
export class Connection {
  /** What the program declared, after the hello. */
  commands: ReadonlySet<string> = new Set();
  readonly program: Program;
  readonly #settings: Settings;
  readonly #calls: Calls;
  readonly #hello = Promise.withResolvers<void>();
  readonly #listener: ResponseReader;
  #state: State = "starting";
  #failure: CacheProgError | undefined;
  /** Somebody was told of the failure: close() need not repeat it. */
  #reported = false;
  /** Resolves when the program of a failed connection is gone. */
  #gone: Promise<void> | undefined;
  /** Set when the program has ended before it was to: resolves when it is known how, and the connection failed. */
  #losing: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  /**
   * Starts the program and waits for its hello. If that fails, the program is gone before this rejects.
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
    this.#listener = new ResponseReader(program, {
      onResponse: (response) => this.#heard(response),
      onRefusal: (error) => this.#refused(error),
    });
    void this.#listener.ended.then(() => this.#outputEnded());
    void program.exited().then((exit) => this.#exited(exit));
  }

  /** Asks for an entry: what `read` makes of the answer. @throws (or rejects) {CacheProgError} why there is none */
  get<T>(action: ActionID, signal: AbortSignal | undefined, read: (response: Response) => T): Promise<T> {
    const call = this.#start("get", signal, read);
    this.#calls.send(call, action);
    return call.promise;
  }

  /** Stores a body: what `read` makes of the answer. @throws (or rejects) {CacheProgError} why there is none */
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

  /** Ends the conversation and the program; see CacheProg.close. Every call gets the same promise. */
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
    if (this.#state !== "ready") throw this.program.error("CLOSED", `takes no ${command} after close()`);
    return this.#calls.add(command, read, signal);
  }

  async #handshake(): Promise<void> {
    const { handshakeTimeout, signal } = this.#settings;
    const late = `did not say hello within ${handshakeTimeout} ms; expected {"ID":0,"KnownCommands":[…]} on its stdout`;
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
      this.#reported = false; // whatever the calls were told, this is close()'s own
    });
    this.program.ref();
    try {
      if (this.#state === "ready") this.#state = "draining";
      await this.#calls.drained();
      await this.#losing;
      const refusal = this.#failure === undefined ? await this.#finish() : undefined;
      await this.#gone;
      deadline.clear();
      await within(patience, this.#calls.bodiesClosed()); // a disk that does not answer is nothing to wait for
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

  /** The orderly end: close, if it is declared, the end of stdin, the end of stdout, the exit. */
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
        // It exited without an answer, which is as good, or the connection failed, which close() sees.
      }
    }
    this.program.endStdin();
    // Both come, whatever the program does, if closeTimeout is finite: stopping it closes its pipes as well.
    await Promise.all([this.#listener.ended, this.program.exited()]);
    await within(afterEnd, this.program.stderrEnded());
    this.program.closeOutput();
    return refusal;
  }

  #heard(response: Response): void {
    if (this.#state === "starting") this.#greet(response);
    else if (!this.#calls.answer(response)) {
      this.#protocolError(`answered request ${response.id}, which was not asked or was answered before`);
    }
  }

  #refused(error: DecodeError): void {
    const what = `wrote something that is no response: ${error.message}`;
    // Source: prog.go, readLoop: what can not be decoded while closing is the end.
    if (this.#state === "finishing") this.#hangUp(this.program.error("PROTOCOL_ERROR", what, error));
    else this.#protocolError(what, error);
  }

  #greet({ id, knownCommands }: Response): void {
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
    this.#lost(this.program.obituary("closed its stdout"));
  }

  /** The process is gone. Its last answers come before the end of stdout, which is now or, with a child of its own, never. */
  #exited(exit: Exit): void {
    const heard = within(afterEnd, this.#listener.ended);
    this.#lost(
      this.program.obituary(
        "exited",
        heard.then(() => exit),
      ),
    );
  }

  #writeFailed(error: unknown): void {
    if (!(error instanceof CacheProgError)) {
      this.#lost(this.program.obituary("closed its stdin"));
      return;
    }
    const message = `${error.message}; that is the end of the connection to the cache program ${this.program.name}`;
    this.#fail(new CacheProgError(error.code, message, { cause: error }));
  }

  /** The program can not answer any more. While finishing, that is the end that was waited for. */
  #lost(error: Promise<CacheProgError>): void {
    if (this.#state === "finishing") void error.then((end) => this.#hangUp(end));
    else this.#losing ??= error.then((end) => this.#fail(end)); // which does nothing after another failure
  }

  /** close() waits for no answer any more, only for the end. */
  #hangUp(error: CacheProgError): void {
    this.#listener.ignore();
    this.#calls.fail(error);
  }

  #stalled(): void {
    const { responseTimeout } = this.#settings;
    this.#fail(
      this.program.error(
        "TIMEOUT",
        `stopped reading its stdin, or reads it too slowly: what was written was not taken within ${responseTimeout} ms`,
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
    this.#listener.ignore();
    this.#reported = this.#calls.fail(error);
    if (starting) this.#hello.reject(error);
    else this.#gone = this.program.stop(stopAfter);
  }
}
