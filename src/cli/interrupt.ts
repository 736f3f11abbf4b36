import { CacheProgError } from "../errors.ts";
import { signalExit } from "./exit.ts";

/** How long a command may take to clean up after the first signal, in ms. */
const patience = 3_000;

/**
 * Ctrl-C and SIGTERM. The first asks the command to end, and to leave nothing behind; the second, or three seconds,
 * ends the process at once: then what was registered with atExit is all that is done.
 *
 * As long as nobody asks for {@link signal}, nothing listens, and the system ends the process or, in the background of
 * a shell, does not: that is right for a command that has nothing to clean up.
 */
export class Interrupt {
  readonly #controller = new AbortController();
  #listens = false;
  #exitCode: number | undefined;

  /** Fires with the first signal. */
  get signal(): AbortSignal {
    if (!this.#listens) {
      this.#listens = true;
      process.on("SIGINT", () => this.#take("SIGINT"));
      process.on("SIGTERM", () => this.#take("SIGTERM"));
    }
    return this.#controller.signal;
  }

  /** What the process has to exit with, once a signal came. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  #take(name: "SIGINT" | "SIGTERM"): void {
    if (this.#exitCode !== undefined) process.exit(this.#exitCode);
    const code = signalExit[name];
    this.#exitCode = code;
    setTimeout(() => process.exit(code), patience).unref();
    this.#controller.abort(new Error(name));
  }
}

/**
 * What a promise resolves to, unless the signal fires first: for what can not be called off, such as a read from a
 * pipe. It is left to itself then, and the end of the process is its end.
 *
 * @throws (rejects) {CacheProgError} `ABORTED`
 */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = () =>
    aborted.reject(new CacheProgError("ABORTED", "it was interrupted", { cause: signal.reason }));
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
