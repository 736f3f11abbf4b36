import { CacheProgError } from "../errors.ts";
import { ignoredSignals } from "../ignored-signals.ts";
import { onAbort } from "../on-abort.ts";
import { unless } from "../wait.ts";
import { signalExit } from "./exit.ts";

/** How long a command may clean up after the first signal, in ms. */
const patience = 3_000;

/** Ctrl-C, kill and CI systems, a closed terminal, and Ctrl-\. */
const endings = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/**
 * Handles the signals that end a process. The first one asks the command to clean up and stop. A second one, or three
 * seconds, ends the process at once; only what was registered with atExit still runs.
 *
 * Until {@link signal} is first read, no handler is installed and the system's default applies. That is right for a
 * command that has nothing to clean up.
 */
export class Interrupt {
  readonly #controller = new AbortController();
  #listens = false;
  #exitCode: number | undefined;

  /** Fires with the first signal. */
  get signal(): AbortSignal {
    if (!this.#listens) {
      this.#listens = true;
      const ignored = ignoredSignals();
      for (const name of endings) {
        // A shell starts background jobs with SIGINT ignored; kill -INT must still work there. But respect nohup.
        if (name === "SIGHUP" && ignored & 1n) continue;
        process.on(name, () => this.#take(name));
      }
    }
    return this.#controller.signal;
  }

  /** The exit code of the process after a signal; undefined before. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  #take(name: (typeof endings)[number]): void {
    if (this.#exitCode !== undefined) process.exit(this.#exitCode);
    const code = signalExit[name];
    this.#exitCode = code;
    setTimeout(() => process.exit(code), patience).unref();
    this.#controller.abort(new Error(name));
  }
}

/**
 * Waits for a promise, unless the signal fires first. For operations that can't be cancelled, such as a read from a
 * pipe: they stay pending until the process ends.
 *
 * @throws (rejects) {CacheProgError} `ABORTED`
 */
export async function unlessAborted<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const aborted = () => new CacheProgError("ABORTED", "interrupted", { cause: signal.reason });
  return await unless(promise, (fail) => onAbort(signal, () => fail(aborted())));
}
