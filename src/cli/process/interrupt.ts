import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { CacheProgError } from "../../errors.ts";
import { signalExit } from "../exit.ts";

/** How long a command may take to clean up after the first signal, in ms. */
const patience = 3_000;

/** Ctrl-C, Ctrl-\, a terminal that is closed, and what kill and CI systems send. */
const endings = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/**
 * The signals that ask a process to end. The first asks the command to end, and to leave nothing behind; the second, or three seconds,
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
      const ignored = ignoredSignals();
      for (const name of endings) {
        // Ctrl-C and kill are heard even by those that a shell starts in the background. nohup means what it says.
        if (name === "SIGHUP" && ignored & (1n << BigInt(constants.signals[name] - 1))) continue;
        process.on(name, () => this.#take(name));
      }
    }
    return this.#controller.signal;
  }

  /** What the process has to exit with, once a signal came. */
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

/** What this process was started to ignore, a bit each from signal 1 on; where the system doesn't tell, nothing. */
function ignoredSignals(): bigint {
  try {
    const [, mask] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    return mask === undefined ? 0n : BigInt(`0x${mask}`);
  } catch {
    return 0n;
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
