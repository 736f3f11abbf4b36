import type { Dialect } from "./dialect.ts";
import { Patience } from "./patience.ts";
import { Sandbox } from "./sandbox.ts";
import { Trial } from "./trial.ts";

export interface TrialsOptions {
  /** The program under test: words, with `{dir}` in them. */
  readonly command: readonly string[];
  readonly dialect: Dialect;
  readonly signal: AbortSignal;
}

/** Trials of one program. Should this process exit, whatever they have started goes with it. */
export class Trials implements Disposable {
  readonly #options: TrialsOptions;
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
   * Gives a trial to some work, and ends it, and its sandbox, when that is done.
   *
   * @param time how long the program may be silent, in ms
   */
  async withOne<T>(time: number, work: (trial: Trial) => Promise<T>): Promise<T> {
    await using sandbox = await Sandbox.create();
    const patience = new Patience(time);
    const trial = new Trial({ ...this.#options, sandbox, patience, slowStart: 2 * this.slowStart });
    this.#running.add(trial);
    try {
      return await work(trial);
    } finally {
      await trial.end();
      this.#running.delete(trial);
    }
  }
}
