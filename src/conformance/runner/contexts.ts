import { rmSync } from "node:fs";
import { CheckContext } from "../conversation/context.ts";
import { Patience } from "../conversation/patience.ts";
import type { Dialect } from "../peer/dialect.ts";
import type { TraceEntry, TraceEvent } from "../peer/trace.ts";
import { KeepDirectory } from "../sandbox/keep-directory.ts";
import { makeFolder, Sandbox } from "../sandbox/sandbox.ts";

export interface CheckContextsOptions {
  /** The command of the program under test; its words may contain `{dir}`. */
  readonly command: readonly string[];
  readonly dialect: Dialect;
  readonly signal: AbortSignal;
  /** The directory in which failed checks are kept. */
  readonly keep?: string | undefined;
  /** Variables that the program gets from this process instead of the sandbox. */
  readonly passEnv?: readonly string[] | undefined;
  /** Called with everything that programs receive, write or do. */
  readonly trace?: ((entry: TraceEntry) => void) | undefined;
}

/** Creates the CheckContexts of one program. If this process exits, it kills the processes that they started. */
export class CheckContexts implements Disposable {
  readonly #options: CheckContextsOptions;
  readonly #began = performance.now();
  readonly #running = new Set<CheckContext>();
  /** Bun's compiled sources: if each sandbox had its own, each check would compile the program again. */
  #compiled: string | undefined;
  readonly #abandon = () => {
    for (const context of this.#running) context.abandon();
    this.#removeCompiled();
  };
  /** How long the program takes to start, in ms; 0 if unknown. */
  slowStart = 0;

  constructor(options: CheckContextsOptions) {
    this.#options = options;
    process.once("exit", this.#abandon);
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#abandon);
    this.#removeCompiled();
  }

  /**
   * Runs some work in a new context, then ends the context and removes its sandbox. The work can keep both, see
   * {@link KeepFunction}.
   *
   * @param time how long the program may be silent, in ms
   */
  async withContext<T>(time: number, work: Work<T>, { check = null, passEnv = [] }: About = {}): Promise<T> {
    const { keep, trace } = this.#options;
    const place = keep === undefined || check === null ? undefined : await KeepDirectory.create(keep, check);
    let finding: string | undefined;
    try {
      this.#compiled ??= makeFolder();
      await using sandbox = await Sandbox.create({
        root: place?.sandbox,
        compiled: this.#compiled,
        passEnv: [...(this.#options.passEnv ?? []), ...passEnv],
      });
      const onEvent = (process: number, event: TraceEvent) => {
        const entry = {
          time: Math.round((performance.now() - this.#began) * 1_000),
          check,
          process,
          ...event,
        };
        trace?.(entry);
        place?.write(entry);
      };
      const context = new CheckContext({
        ...this.#options,
        sandbox,
        patience: new Patience(time),
        slowStart: 2 * this.slowStart,
        onEvent: trace === undefined && place === undefined ? undefined : onEvent,
      });
      this.#running.add(context);
      try {
        return await work(context, (why) => {
          finding = why;
          if (place !== undefined) sandbox.keep();
          return place?.directory;
        });
      } finally {
        await context.end();
        this.#running.delete(context);
      }
    } finally {
      if (finding === undefined) await place?.discard();
      else await place?.keep(finding);
    }
  }

  #removeCompiled(): void {
    if (this.#compiled !== undefined) rmSync(this.#compiled, { recursive: true, force: true });
  }
}

/** The check that a context is for. */
interface About {
  /** The id of the check. The work before the first check has none, and is never kept. */
  readonly check?: string | null;
  /** Variables that the program gets from this process, besides those of all contexts. */
  readonly passEnv?: readonly string[];
}

/** Keeps a context, with a text that says why. @returns its directory; undefined if nothing is kept in this run */
export type KeepFunction = (why: string) => string | undefined;
export type Work<T> = (context: CheckContext, keep: KeepFunction) => Promise<T>;
