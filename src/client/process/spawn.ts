import { CacheProgError, type ErrorCode } from "../../errors.ts";
import { reason } from "../../trouble.ts";
import { Deadline, within } from "../deadline.ts";
import { findExecutable, programName, startFailed } from "./executable.ts";
import { LineReader } from "./line-reader.ts";
import { PipeReader } from "./pipe-reader.ts";

/** How long what belongs to an end may follow it: the exit and the ends of the pipes come together, or never. In ms. */
export const afterEnd = 250;
/** How long a program that was told to end with SIGTERM may take before SIGKILL, in ms. */
const grace = 1_000;

/** What is needed to start a program. */
export interface SpawnOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string | undefined;
  readonly stderr: "inherit" | "ignore" | ((line: string) => void);
  /** In a process group of its own, so that kill() reaches what the program has started. Ctrl-C then does not reach it. */
  readonly group?: boolean;
}

/** How a program ended. */
export interface Exit {
  /** null where a signal ended it */
  readonly code: number | null;
  readonly signal: string | null;
}

/**
 * A running cache program: its pipes, and the ladder that ends it. It knows nothing of the protocol.
 *
 * It lets go of the process as soon as nobody holds it: a program that nothing waits for does not keep the caller's
 * process alive, and when that ends, the program sees the end of its stdin.
 */
export class Program {
  /** The command, as one would write it in GOCACHEPROG, cut to a length that fits a message. */
  readonly name: string;
  readonly #process: Bun.Subprocess<"pipe", "pipe", "pipe" | "inherit" | "ignore">;
  readonly #stdout: PipeReader;
  readonly #stderr: LineReader | undefined;
  readonly #group: boolean;
  #refs = 0;
  #stdinEnded = false;
  /** Set when a write failed: the stream to the program takes everything after that and delivers nothing. */
  #broken: Error | undefined;

  /** @throws {CacheProgError} `BAD_COMMAND` for no command, `START_FAILED` where it can not be run */
  constructor(argv: readonly string[], options: SpawnOptions) {
    this.name = programName(argv);
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
    // Before the first read: an unref that comes after it does not reach the pipes (Bun 1.4.5).
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

  /** The first and the last lines of stderr, where they were read: some after the exit, when the pipe ended. */
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
   * Writes to stdin. A promise means that the pipe is full: wait for it before the next write. What the pipe can not
   * take is copied, so the memory of `data` is free when this returns.
   *
   * @throws (or rejects) with the system's error once the program closed its stdin or died
   */
  write(data: string | Uint8Array): Promise<unknown> | undefined {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      // Both answer for the same bytes; each rejects if they can not be delivered, so both are waited for.
      const written = this.#process.stdin.write(data);
      const flushed = this.#process.stdin.flush();
      if (typeof written === "number" && !(flushed instanceof Promise)) return undefined;
      return Promise.all([written, flushed]).catch((error) => this.#break(error));
    } catch (error) {
      this.#break(error);
    }
  }

  /** Ends stdin, after what was written. */
  endStdin(): void {
    if (this.#stdinEnded) return;
    this.#stdinEnded = true;
    try {
      // Nobody waits for the delivery: a program that never reads is ended by stop().
      Promise.resolve(this.#process.stdin.end()).catch(() => {});
    } catch {
      // The program is gone, and its pipe with it.
    }
  }

  /** The next chunk of stdout; undefined at its end, however it ended. */
  read(): Promise<Uint8Array | undefined> {
    return this.#stdout.read();
  }

  /** Resolves when the process is gone. Its pipes may live on in a child of its own. */
  async exited(): Promise<Exit> {
    await this.#process.exited;
    const signal = this.#process.signalCode;
    return { code: this.#process.exitCode, signal: signal === null ? null : String(signal) };
  }

  /** Resolves when stderr was read to its end; at once where it is not read. */
  async stderrEnded(): Promise<void> {
    await this.#stderr?.ended;
  }

  /** Stops reading, so that a program that still writes does not wait for us for ever. */
  closeOutput(): void {
    this.#stdout.cancel();
    this.#stderr?.cancel();
  }

  /**
   * Ends the program: the end of stdin, `patience` ms later SIGTERM, a second later SIGKILL. Resolves when the
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

  /** Ends the program at once, with SIGKILL, and its group if it has one. Resolves when it is gone and its pipes are closed. */
  kill(): Promise<void> {
    this.signal("SIGKILL");
    return this.stop(0);
  }

  /** Sends a signal to the program, and to its group if it has one; to nobody, where they are gone. */
  signal(name: NodeJS.Signals): void {
    try {
      if (this.#group) process.kill(-this.pid, name);
      else this.#process.kill(name);
    } catch {
      // ESRCH: a group without members is gone.
    }
  }

  /** An error of this program's. @param what a predicate: what it did or did not */
  error(code: ErrorCode, what: string, cause?: unknown): CacheProgError {
    return new CacheProgError(code, `the cache program ${this.name} ${what}`, { cause });
  }

  /**
   * The error of a program that has ended, or can not be talked to any more: how that came, with what it wrote to stderr.
   *
   * @param how a predicate, for a program that still runs
   * @param exiting its exit, or undefined where that does not come soon
   */
  async obituary(how: string, exiting = within(afterEnd, this.exited())): Promise<CacheProgError> {
    const exit = await exiting;
    if (exit === undefined) return this.error("EXITED", `${how} while it still runs`);
    await within(afterEnd, this.stderrEnded());
    const end = exit.signal === null ? `exited with code ${exit.code}` : `was ended by ${exit.signal}`;
    const lines = this.stderrLines;
    const said = lines.length === 0 ? "" : `; it wrote to stderr:\n  ${lines.join("\n  ")}`;
    return this.error("EXITED", `${end}${said}`);
  }

  #break(error: unknown): never {
    this.#broken ??= error instanceof Error ? error : new Error(String(error));
    throw this.#broken;
  }
}
