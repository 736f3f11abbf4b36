import { CheckContext } from "../conversation/context.ts";
import { Patience } from "../conversation/patience.ts";
import type { Dialect } from "../peer/dialect.ts";
import type { TraceEntry, TraceEvent } from "../peer/trace.ts";
import { KeepDirectory } from "../sandbox/keep-directory.ts";
import { Sandbox } from "../sandbox/sandbox.ts";

export interface CheckContextsOptions {
  /** The program under test: words, with `{dir}` in them. */
  readonly command: readonly string[];
  readonly dialect: Dialect;
  readonly signal: AbortSignal;
  /** A directory for what is to be kept of checks that fail. */
  readonly keep?: string | undefined;
  /** Variables that the program has as this process has them. */
  readonly passEnv?: readonly string[] | undefined;
  /** Told all that is said to programs, and by them. */
  readonly trace?: ((entry: TraceEntry) => void) | undefined;
}

/** CheckContexts of one program. Should this process exit, whatever they have started goes with it. */
export class CheckContexts implements Disposable {
  readonly #options: CheckContextsOptions;
  readonly #began = performance.now();
  readonly #running = new Set<CheckContext>();
  readonly #abandon = () => {
    for (const context of this.#running) context.abandon();
  };
  /** How long the program takes to start, as far as that is known, in ms. */
  slowStart = 0;

  constructor(options: CheckContextsOptions) {
    this.#options = options;
    process.once("exit", this.#abandon);
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#abandon);
  }

  /**
   * Gives a context to some work, and ends it, and its sandbox, when that is done. Work that is told a place may have it
   * kept, see {@link KeepFunction}.
   *
   * @param time how long the program may be silent, in ms
   */
  async withContext<T>(time: number, work: Work<T>, { check = null, passEnv = [] }: About = {}): Promise<T> {
    const { keep, trace } = this.#options;
    const place = keep === undefined || check === null ? undefined : await KeepDirectory.create(keep, check);
    let finding: string | undefined;
    try {
      await using sandbox = await Sandbox.create({
        root: place?.sandbox,
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
}

/** What a context is about. */
interface About {
  /** The id of the check whose work it is; what comes before the checks has none, and is not kept. */
  readonly check?: string | null;
  /** Variables that the program has as this process has them, beside those of all contexts. */
  readonly passEnv?: readonly string[];
}

/** Has what is there of a context kept, with a text that says why. @returns where that is; undefined where nothing is kept */
export type KeepFunction = (why: string) => string | undefined;
export type Work<T> = (context: CheckContext, keep: KeepFunction) => Promise<T>;
