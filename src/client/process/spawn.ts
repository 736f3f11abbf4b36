import { CacheProgError, type ErrorCode } from "../../errors.ts";
import { asError, reason } from "../../trouble.ts";
import { within } from "../../wait.ts";
import { Deadline } from "../deadline.ts";
import { findExecutable, programName, startFailed } from "./executable.ts";
import { LineReader } from "./line-reader.ts";
import { PipeReader } from "./pipe-reader.ts";

/** How long to wait, in ms, for the exit and the ends of the pipes once one of them came: they come together or never. */
export const endTimeout = 250;
/** The time between SIGTERM and SIGKILL, in ms. */
const grace = 1_000;

/** How to start a program. */
export interface SpawnOptions {
  /** Names the program in messages. Default: the command as written in GOCACHEPROG, cut to a length that fits. */
  readonly name?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string | undefined;
  readonly stderr: "inherit" | "ignore" | ((line: string) => void);
  /** Start it in its own process group. kill() then also ends its children, but Ctrl-C doesn't reach it. */
  readonly group?: boolean;
}

/** How a program ended. */
export interface Exit {
  /** null if a signal ended it */
  readonly code: number | null;
  readonly signal: string | null;
}

/**
 * A running cache program: its pipes, and the steps that end it. It knows nothing of the protocol.
 *
 * It keeps the caller's process alive only between ref() and unref(). When the caller's process exits, the program sees
 * the end of its stdin.
 */
export class Program {
  /** Names the program in messages. */
  readonly name: string;
  readonly #process: Bun.Subprocess<"pipe", "pipe", "pipe" | "inherit" | "ignore">;
  readonly #stdout: PipeReader;
  readonly #stderr: LineReader | undefined;
  readonly #group: boolean;
  #refs = 0;
  #stdinEnded = false;
  /** The first failed write. After it, Bun's stream accepts everything and delivers nothing (Bun 1.4.5). */
  #broken: Error | undefined;

  /** @throws {CacheProgError} `BAD_COMMAND` for an empty command, `START_FAILED` if it can't be run */
  constructor(argv: readonly string[], options: SpawnOptions) {
    this.name = options.name ?? programName(argv);
    this.#group = options.group ?? false;
    const path = findExecutable(argv, options, this.name);
    const onLine = typeof options.stderr === "function" ? options.stderr : undefined;
    const stderr = typeof options.stderr === "function" ? "pipe" : options.stderr;
    try {
      this.#process = Bun.spawn([path, ...argv.slice(1)], {
        argv0: argv[0] ?? path,
        env: { ...options.env },
        ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
        stdin: "pipe",
        stdout: "pipe",
        stderr,
        detached: options.group ?? false,
      });
    } catch (cause) {
      throw startFailed(this.name, reason(cause), cause);
    }
    // Must come before the first read: a later unref doesn't reach the pipes (Bun 1.4.5).
    this.#process.unref();
    this.#stdout = new PipeReader(this.#process.stdout);
    const lines = this.#process.stderr;
    if (onLine !== undefined && lines instanceof ReadableStream) {
      this.#stderr = new LineReader(new PipeReader(lines), onLine);
    }
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** The first and last lines of stderr, if it is read. Complete once the pipe has ended, which may be after the exit. */
  get stderrLines(): readonly string[] {
    return this.#stderr?.kept.all ?? [];
  }

  /** Keeps the caller's process alive until the matching {@link unref}. */
  ref(): void {
    if (this.#refs++ === 0) this.#process.ref();
  }

  unref(): void {
    if (--this.#refs === 0) this.#process.unref();
  }

  /**
   * Writes to stdin. Returns a promise if the pipe is full: wait for it before the next write. Bun copies what doesn't
   * fit, so you can reuse the memory of `data` at once.
   *
   * @throws (or rejects) with the system's error once the program has closed its stdin or died
   */
  write(data: string | Uint8Array): Promise<unknown> | undefined {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      // Both are about the same bytes, and each rejects if they can't be delivered, so wait for both.
      const written = this.#process.stdin.write(data);
      const flushed = this.#process.stdin.flush();
      if (typeof written === "number" && !(flushed instanceof Promise)) return undefined;
      return Promise.all([written, flushed]).catch((error) => this.#break(error));
    } catch (error) {
      this.#break(error);
    }
  }

  /** Ends stdin after everything written so far. */
  endStdin(): void {
    if (this.#stdinEnded) return;
    this.#stdinEnded = true;
    try {
      // No need to wait for the delivery: stop() ends a program that never reads.
      Promise.resolve(this.#process.stdin.end()).catch(() => {});
    } catch {
      // The program and its pipe are gone.
    }
  }

  /** Reads the next chunk of stdout; undefined at its end, even if the pipe broke. */
  read(): Promise<Uint8Array | undefined> {
    return this.#stdout.read();
  }

  /** Resolves when the process is gone. A child of it may still hold its pipes open. */
  async exited(): Promise<Exit> {
    await this.#process.exited;
    const signal = this.#process.signalCode;
    return { code: this.#process.exitCode, signal: signal === null ? null : String(signal) };
  }

  /** Resolves when stderr has been read to its end, or at once if it isn't read. */
  async stderrEnded(): Promise<void> {
    await this.#stderr?.ended;
  }

  /** Closes our ends of the output pipes. A program that still writes gets an error instead of waiting forever. */
  closeOutput(): void {
    this.#stdout.cancel();
    this.#stderr?.cancel();
  }

  /**
   * Ends the program: ends stdin, sends SIGTERM after `patience` ms, and SIGKILL a second later. Resolves when the
   * process is gone and its pipes are closed.
   */
  stop(patience: number): Promise<void> {
    this.endStdin();
    const deadline = new Deadline();
    const kill = () => this.#process.kill("SIGKILL");
    const terminate = () => {
      this.#process.kill("SIGTERM");
      deadline.set(grace, kill);
    };
    this.ref();
    if (patience <= 0) terminate();
    else deadline.set(patience, terminate);
    return this.#process.exited.then(() => {
      deadline.clear();
      this.closeOutput();
      this.unref();
    });
  }

  /** Kills the program, and its group if it has one. Resolves when the process is gone and its pipes are closed. */
  kill(): Promise<void> {
    this.signal("SIGKILL");
    return this.stop(0);
  }

  /** Sends a signal to the program, and to its group if it has one. Does nothing if they are gone. */
  signal(name: NodeJS.Signals): void {
    try {
      if (this.#group) process.kill(-this.pid, name);
      else this.#process.kill(name);
    } catch {
      // ESRCH: the group has no members left.
    }
  }

  /** Makes an error about this program. @param what a predicate, such as "exited with code 1" */
  error(code: ErrorCode, what: string, cause?: unknown): CacheProgError {
    return new CacheProgError(code, `the cache program ${this.name} ${what}`, { cause });
  }

  /**
   * Makes the error for a program that has ended or closed a pipe: how it ended, and what it wrote to stderr.
   *
   * @param how a predicate, such as "closed its stdout"; used if the program is still running
   * @param exiting its exit, or undefined if that doesn't come soon
   */
  async endError(how: string, exiting = within(endTimeout, this.exited())): Promise<CacheProgError> {
    const exit = await exiting;
    if (exit === undefined) return this.error("EXITED", `${how} but is still running`);
    await within(endTimeout, this.stderrEnded());
    const end = exit.signal === null ? `exited with code ${exit.code}` : `was killed by ${exit.signal}`;
    const lines = this.stderrLines;
    const said = lines.length === 0 ? "" : `; it wrote to stderr:\n  ${lines.join("\n  ")}`;
    return this.error("EXITED", `${end}${said}`);
  }

  #break(error: unknown): never {
    this.#broken ??= asError(error);
    throw this.#broken;
  }
}
