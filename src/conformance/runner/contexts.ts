import { Trial } from "../conversation/context.ts";
import { Patience } from "../conversation/patience.ts";
import type { Dialect } from "../peer/dialect.ts";
import type { Told, TraceEntry } from "../peer/trace.ts";
import { Keep } from "../sandbox/keep-directory.ts";
import { Sandbox } from "../sandbox/sandbox.ts";

export interface TrialsOptions {
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

/** Trials of one program. Should this process exit, whatever they have started goes with it. */
export class Trials implements Disposable {
  readonly #options: TrialsOptions;
  readonly #began = performance.now();
  readonly #running = new Set<Trial>();
  readonly #abandon = () => {
    for (const trial of this.#running) trial.abandon();
  };
  /** How long the program takes to start, as far as that is known, in ms. */
  slowStart = 0;

  constructor(options: TrialsOptions) {
    this.#options = options;
    process.once("exit", this.#abandon);
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#abandon);
  }

  /**
   * Gives a trial to some work, and ends it, and its sandbox, when that is done. Work that is told a place may have it
   * kept, see {@link Keeping}.
   *
   * @param time how long the program may be silent, in ms
   */
  async withOne<T>(time: number, work: Work<T>, { check = null, passEnv = [] }: About = {}): Promise<T> {
    const { keep, trace } = this.#options;
    const place = keep === undefined || check === null ? undefined : await Keep.create(keep, check);
    let finding: string | undefined;
    try {
      await using sandbox = await Sandbox.create({
        root: place?.sandbox,
        passEnv: [...(this.#options.passEnv ?? []), ...passEnv],
      });
      const tell = (process: number, told: Told) => {
        const entry = {
          time: Math.round((performance.now() - this.#began) * 1_000),
          check,
          process,
          ...told,
        };
        trace?.(entry);
        place?.write(entry);
      };
      const trial = new Trial({
        ...this.#options,
        sandbox,
        patience: new Patience(time),
        slowStart: 2 * this.slowStart,
        tell: trace === undefined && place === undefined ? undefined : tell,
      });
      this.#running.add(trial);
      try {
        return await work(trial, (why) => {
          finding = why;
          if (place !== undefined) sandbox.keep();
          return place?.directory;
        });
      } finally {
        await trial.end();
        this.#running.delete(trial);
      }
    } finally {
      if (finding === undefined) await place?.discard();
      else await place?.keep(finding);
    }
  }
}

/** What a trial is about. */
interface About {
  /** The id of the check whose work it is; what comes before the checks has none, and is not kept. */
  readonly check?: string | null;
  /** Variables that the program has as this process has them, beside those of all trials. */
  readonly passEnv?: readonly string[];
}

/** Has what is there of a trial kept, with a text that says why. @returns where that is; undefined where nothing is kept */
export type Keeping = (why: string) => string | undefined;
export type Work<T> = (trial: Trial, keep: Keeping) => Promise<T>;
