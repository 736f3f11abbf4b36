import { Bodies } from "../trace/replay/bodies.ts";
import { type Candidate, type Host, ScenarioRunner } from "./scenario-runner.ts";
import { Tally } from "./tally.ts";
import { type Figure, figuresIn, type Scenario } from "./workloads/figure.ts";

/** The progress of a run: what is measured now, and how much is done. */
export interface Step {
  readonly done: number;
  readonly total: number;
  /** From 1. */
  readonly round: number;
  /** The number of planned rounds; undefined in an extra round, which runs only while --max-regress is undecided. */
  readonly rounds: number | undefined;
  readonly figure: Figure;
  readonly candidate: Candidate;
}

export interface BenchmarkOptions {
  readonly scenarios: readonly Scenario[];
  /** The number of planned rounds. */
  readonly rounds: number;
  /** How long a figure is measured in each round, in ms. */
  readonly slice: number;
  /** No planned round but the first starts if it would probably end after this, in ms from the start. */
  readonly timeLimit: number;
  readonly seed: string;
  readonly signal: AbortSignal;
  /** The scenarios that need extra rounds: called after the planned rounds, and again after each two extra ones. */
  readonly unsettled?: (benchmark: Tallies) => readonly Scenario[];
  /** No extra rounds start if they would probably end after this, in ms from the start. */
  readonly budget?: number;
  readonly onStep?: (step: Step) => void;
}

/** The results of each program. */
export interface Tallies {
  readonly rounds: number;
  tallyOf(candidate: Candidate): Tally;
}

/** The length of the warm-up, as a share of a slice. */
const warmUp = 0.2;

/**
 * Measures programs in rounds. Each round runs every program, one scenario at a time, so whatever else the machine does
 * affects all of them alike.
 *
 * The folder: a workload has scenarios, a scenario has phases (one process each), a phase has figures. ScenarioRunner
 * runs them, a Tally collects the measurements of a program, report.ts sums them up, comparison/ compares them, and
 * reports/ writes them down.
 */
export class Benchmark<Sandbox extends AsyncDisposable> implements Tallies {
  readonly #noOp: Candidate;
  readonly #programs: readonly Candidate[];
  readonly #tallies: ReadonlyMap<Candidate, Tally>;
  readonly #runner: ScenarioRunner<Sandbox>;
  readonly #options: BenchmarkOptions;
  #rounds = 0;

  /** @param noOp a program that does no work: its speed is the limit of the client */
  constructor(
    noOp: Candidate,
    programs: readonly Candidate[],
    host: Host<Sandbox>,
    options: BenchmarkOptions,
  ) {
    this.#noOp = noOp;
    this.#programs = programs;
    this.#options = options;
    this.#runner = new ScenarioRunner(host, new Bodies(), options.signal);
    const figures = figuresIn(options.scenarios);
    this.#tallies = new Map([noOp, ...programs].map((each) => [each, new Tally(figures)]));
  }

  /** The number of rounds so far. */
  get rounds(): number {
    return this.#rounds;
  }

  /** The results of a program. */
  tallyOf(candidate: Candidate): Tally {
    const tally = this.#tallies.get(candidate);
    if (tally === undefined) throw new Error(`bug in bench: ${candidate.name} isn't a candidate`);
    return tally;
  }

  /**
   * Runs all rounds. A program that fails during a figure is no error here: its tally records it, and the run goes on.
   *
   * @throws (rejects) if a program doesn't start or doesn't close, before anything is measured; the reason of the signal
   *   once it has fired
   */
  async run(): Promise<void> {
    const { scenarios, rounds, timeLimit, unsettled, budget = 0 } = this.#options;
    const started = performance.now();
    await this.#warmUp();
    let longest = 0;
    const mayTake = (count: number, most: number) => performance.now() - started + count * longest <= most;
    while (this.#rounds < rounds && (this.#rounds === 0 || mayTake(1, timeLimit)))
      longest = Math.max(longest, await this.#round(scenarios, rounds));
    // In pairs, so that each program goes first equally often.
    while (mayTake(2, budget)) {
      const more = unsettled?.(this) ?? [];
      if (more.length === 0) return;
      longest = Math.max(await this.#round(more), await this.#round(more));
    }
  }

  /** Starts each program once, and runs all scenarios once with the no-op program: everything is slower the first time. */
  async #warmUp(): Promise<void> {
    for (const { words } of this.#programs) await this.#runner.start(words("hit"));
    const { scenarios, slice, seed } = this.#options;
    const tally = new Tally(figuresIn(scenarios));
    for (const scenario of scenarios) {
      await this.#runner.run(scenario, {
        candidate: this.#noOp,
        tally,
        slice: slice * warmUp,
        seed: `${seed}\nwarm-up`,
        onFigure: () => {},
      });
    }
  }

  /** @returns how long it took, in ms */
  async #round(scenarios: readonly Scenario[], rounds?: number): Promise<number> {
    const { slice, seed, onStep } = this.#options;
    const begun = performance.now();
    // Alternate the order of two programs: the system may still be flushing what the one before wrote.
    const programs = this.#rounds % 2 === 0 ? this.#programs : this.#programs.toReversed();
    const order = [this.#noOp, ...programs];
    const steps = scenarios.flatMap(({ phases }) => phases.flatMap(({ figures }) => figures)).length;
    const each = steps * order.length;
    const total = (rounds ?? 1) * each;
    const round = this.#rounds + 1;
    let done = rounds === undefined ? 0 : this.#rounds * each;
    for (const scenario of scenarios) {
      const length = scenario.phases.flatMap(({ figures }) => figures).length;
      for (const candidate of order) {
        await this.#runner.run(scenario, {
          candidate,
          tally: this.tallyOf(candidate),
          slice,
          seed: [seed, this.#programs.indexOf(candidate), round, scenario.name].join("\n"),
          onFigure: (figure, index) =>
            onStep?.({ done: done + index, total, round, rounds, figure, candidate }),
        });
        done += length;
      }
    }
    this.#rounds++;
    return performance.now() - begun;
  }
}
