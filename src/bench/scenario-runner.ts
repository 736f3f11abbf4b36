import type { CacheProg } from "../client/client.ts";
import { CacheProgError } from "../errors.ts";
import type { Tally } from "./tally.ts";
import type { Bodies } from "./workloads/bodies.ts";
import type { Figure, Phase, Scenario } from "./workloads/figure.ts";
import { Keys } from "./workloads/keys.ts";
import { type FigureContext, Unexpected } from "./workloads/measurement.ts";

/** A program to measure. */
export interface Candidate {
  /** For people. */
  readonly name: string;
  /** The program and its arguments, for a phase in which gets are answered like that. */
  words(answer: Phase["answer"]): readonly string[];
}

/** Makes sandboxes and starts programs in them: the caller knows how. */
export interface Host<Sandbox extends AsyncDisposable> {
  /** A fresh, empty sandbox. */
  sandbox(): Promise<Sandbox>;
  /**
   * Starts a program in a sandbox, has work done with it, and closes it, whatever becomes of the work.
   *
   * @throws (rejects) where it does not start, what `work` throws, and where it does not close
   */
  run(words: readonly string[], sandbox: Sandbox, work: (cache: CacheProg) => Promise<void>): Promise<void>;
}

/** One scenario for one candidate: who is measured, and where the results go. */
export interface ScenarioRun {
  readonly candidate: Candidate;
  readonly tally: Tally;
  /** How long a figure is measured, in ms. */
  readonly slice: number;
  /** Different for each run. */
  readonly seed: string;
  /** @param index how many figures of the scenario came before */
  readonly onFigure: (figure: Figure, index: number) => void;
}

/** Runs scenarios, one at a time. */
export class ScenarioRunner<Sandbox extends AsyncDisposable> {
  readonly #host: Host<Sandbox>;
  readonly #bodies: Bodies;
  readonly #signal: AbortSignal;

  constructor(host: Host<Sandbox>, bodies: Bodies, signal: AbortSignal) {
    this.#host = host;
    this.#bodies = bodies;
    this.#signal = signal;
  }

  /** Starts a program, and lets it end. @throws (rejects) where it does not */
  async start(words: readonly string[]): Promise<void> {
    await using sandbox = await this.#host.sandbox();
    await this.#host.run(words, sandbox, async () => {});
  }

  /**
   * Runs the figures of a scenario in which the program has not failed before, and records the results.
   *
   * @throws (rejects) what is no failure of the program's; the reason of the signal, once that has fired
   */
  async run(scenario: Scenario, run: ScenarioRun): Promise<void> {
    const { tally, seed } = run;
    const isOpen = (figure: Figure) => tally.isOpen(figure);
    if (!scenario.phases.some(({ figures }) => figures.some(isOpen))) return;
    await using sandbox = await this.#host.sandbox();
    this.#bodies.renew(seed);
    let broken: Figure | undefined;
    for (const phase of scenario.phases) {
      // What comes next in a scenario stands on what came before.
      if (broken !== undefined) {
        for (const figure of phase.figures) tally.fail(figure, `${broken.id}, which comes before it, failed`);
      }
      let left: readonly Figure[] = phase.figures.filter(isOpen);
      while (left.length > 0) left = await this.#phase(phase, left, sandbox, run);
      broken = phase.figures.find((figure) => tally.hasFailed(figure));
    }
  }

  /** One process. @returns the figures that are left where one of them failed, which another process is good for */
  async #phase(
    phase: Phase,
    figures: readonly Figure[],
    sandbox: Sandbox,
    run: ScenarioRun,
  ): Promise<readonly Figure[]> {
    const { candidate, tally, slice, seed } = run;
    let left: readonly Figure[] = [];
    let isUp = false;
    const begun = performance.now();
    try {
      await this.#host.run(candidate.words(phase.answer), sandbox, async (cache) => {
        const handshake = performance.now() - begun;
        isUp = true;
        const context = { cache, handshake, slice, keys: new Keys(seed), bodies: this.#bodies };
        left = await this.#measure(phase, applicable(tally, figures, cache), context, run);
      });
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!(error instanceof Error) || (isUp && !isOfProgram(error))) throw error;
      // A program that failed already may well not end as it should. If it did not, or did not start, so have all.
      if (!figures.some((figure) => tally.hasFailed(figure))) {
        for (const figure of figures) tally.fail(figure, error.message);
      }
    }
    return left;
  }

  /** @returns the figures that are left where one of them failed */
  async #measure(
    phase: Phase,
    figures: readonly Figure[],
    context: FigureContext,
    { tally, onFigure }: ScenarioRun,
  ): Promise<readonly Figure[]> {
    let failing = figures; // those that an error is the end of
    let left: readonly Figure[] = [];
    try {
      if (figures.length > 0) await phase.prepare?.(context);
      for (const [index, figure] of figures.entries()) {
        failing = [figure];
        left = figures.slice(index + 1);
        onFigure(figure, phase.figures.indexOf(figure));
        tally.add(figure, await figure.run(context));
      }
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!isOfProgram(error)) throw error;
      for (const figure of failing) tally.fail(figure, error.message);
    }
    return left;
  }
}

/** Those for which the program declares what they take. */
function applicable(tally: Tally, figures: readonly Figure[], { commands }: CacheProg): readonly Figure[] {
  return figures.filter((figure) => {
    const missing = figure.needs.filter((command) => !commands.has(command));
    if (missing.length > 0) tally.exclude(figure, `${missing.join(" and ")} is not declared`);
    return missing.length === 0;
  });
}

/** Whether it says something about the program; anything else is a mistake here. */
function isOfProgram(error: unknown): error is Error {
  return error instanceof CacheProgError || error instanceof Unexpected;
}
