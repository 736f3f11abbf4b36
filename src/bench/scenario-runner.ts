import type { CacheProg } from "../client/client.ts";
import { CacheProgError } from "../errors.ts";
import type { Bodies } from "../trace/replay/bodies.ts";
import { Keys } from "../trace/replay/keys.ts";
import type { Tally } from "./tally.ts";
import { type Figure, figuresIn, type Phase, type Scenario } from "./workloads/figure.ts";
import { type FigureContext, Unexpected } from "./workloads/measurement.ts";

/** A program to measure. */
export interface Candidate {
  /** For people. */
  readonly name: string;
  /** The program and its arguments. @param answer how the phase needs gets answered; only the no-op program uses it */
  words(answer: Phase["answer"]): readonly string[];
}

/** Makes sandboxes and starts programs in them. The command line implements it. */
export interface Host<Sandbox extends AsyncDisposable> {
  /** A fresh, empty sandbox. */
  sandbox(): Promise<Sandbox>;
  /**
   * Starts a program in a sandbox, does `work` with it, and closes it whether or not the work succeeds.
   *
   * @throws (rejects) if the program doesn't start or doesn't close; what `work` throws
   */
  run(words: readonly string[], sandbox: Sandbox, work: (cache: CacheProg) => Promise<void>): Promise<void>;
}

/** The settings of one scenario for one candidate, and the tally for its results. */
export interface ScenarioRun {
  readonly candidate: Candidate;
  readonly tally: Tally;
  /** How long a figure is measured, in ms. */
  readonly slice: number;
  /** Different for each run. */
  readonly seed: string;
  /** @param index the position of the figure in the scenario, from 0 */
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

  /** Starts a program and closes it. @throws (rejects) if either fails */
  async start(words: readonly string[]): Promise<void> {
    await using sandbox = await this.#host.sandbox();
    await this.#host.run(words, sandbox, async () => {});
  }

  /**
   * Runs the figures of a scenario, except those that failed before, and records the results.
   *
   * @throws (rejects) errors that aren't the program's fault; the reason of the signal once it has fired
   */
  async run(scenario: Scenario, run: ScenarioRun): Promise<void> {
    const { tally, seed } = run;
    const isOpen = (figure: Figure) => tally.isOpen(figure);
    if (!scenario.phases.some(({ figures }) => figures.some(isOpen))) return;
    await using sandbox = await this.#host.sandbox();
    this.#bodies.renew(seed);
    const { prepare } = scenario;
    if (prepare !== undefined) {
      const figures = figuresIn([scenario]).filter(isOpen);
      await this.#inProcess("hit", figures, sandbox, run, async (context) => {
        if (applicable(tally, figures, context.cache).length > 0) await prepare(context);
      });
    }
    let broken: Figure | undefined;
    for (const phase of scenario.phases) {
      // Each phase needs what the phases before it have put.
      if (broken !== undefined) {
        for (const figure of phase.figures) tally.fail(figure, `it needs ${broken.id}, which failed`);
      }
      let left: readonly Figure[] = phase.figures.filter(isOpen);
      while (left.length > 0) left = await this.#phase(phase, left, sandbox, run);
      broken = phase.figures.find((figure) => tally.hasFailed(figure));
    }
  }

  /** Runs figures in one process. @returns the figures after one that failed, which need another process */
  async #phase(
    phase: Phase,
    figures: readonly Figure[],
    sandbox: Sandbox,
    run: ScenarioRun,
  ): Promise<readonly Figure[]> {
    let left: readonly Figure[] = [];
    await this.#inProcess(phase.answer, figures, sandbox, run, async (context) => {
      left = await this.#measure(phase, applicable(run.tally, figures, context.cache), context, run);
    });
    return left;
  }

  /** Does what some figures need in one process. */
  async #inProcess(
    answer: Phase["answer"],
    figures: readonly Figure[],
    sandbox: Sandbox,
    { candidate, tally, slice, seed }: ScenarioRun,
    work: (context: FigureContext) => Promise<void>,
  ): Promise<void> {
    let isUp = false;
    const begun = performance.now();
    try {
      await this.#host.run(candidate.words(answer), sandbox, async (cache) => {
        const handshake = performance.now() - begun;
        isUp = true;
        await work({ cache, handshake, slice, keys: new Keys(seed), bodies: this.#bodies });
      });
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!(error instanceof Error) || (isUp && !isOfProgram(error))) throw error;
      // If a figure failed already, ignore how the program ended. Otherwise a bad start or end fails all figures.
      if (!figures.some((figure) => tally.hasFailed(figure))) {
        for (const figure of figures) tally.fail(figure, error.message);
      }
    }
  }

  /** @returns the figures after one that failed */
  async #measure(
    phase: Phase,
    figures: readonly Figure[],
    context: FigureContext,
    { tally, onFigure }: ScenarioRun,
  ): Promise<readonly Figure[]> {
    let failing = figures; // those that fail if an error comes now
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

/** The figures whose commands the program declares. The others are excluded in the tally. */
function applicable(tally: Tally, figures: readonly Figure[], { commands }: CacheProg): readonly Figure[] {
  return figures.filter((figure) => {
    const missing = figure.needs.filter((command) => !commands.has(command));
    if (missing.length > 0) tally.exclude(figure, `the program doesn't declare ${missing.join(" and ")}`);
    return missing.length === 0;
  });
}

/** Whether an error is the program's fault; any other is a bug in bench. */
function isOfProgram(error: unknown): error is Error {
  return error instanceof CacheProgError || error instanceof Unexpected;
}
