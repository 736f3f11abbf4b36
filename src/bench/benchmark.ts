import { type Candidate, type Host, ScenarioRunner } from "./scenario-runner.ts";
import { Tally } from "./tally.ts";
import { Bodies } from "./workloads/bodies.ts";
import { type Figure, figuresIn, type Scenario } from "./workloads/figure.ts";

/** How far it is. */
export interface Step {
  readonly done: number;
  readonly total: number;
  /** From 1. */
  readonly round: number;
  /** How many there are to be; unknown where they go on until they agree. */
  readonly rounds: number | undefined;
  readonly figure: Figure;
  readonly candidate: Candidate;
}

export interface BenchmarkOptions {
  readonly scenarios: readonly Scenario[];
  /** How many rounds there are at most. */
  readonly rounds: number;
  /** How long a figure is measured in one round, in ms. */
  readonly slice: number;
  /** No round begins that is likely to end later than this, in ms from the start. The first begins in any case. */
  readonly timeLimit: number;
  readonly seed: string;
  readonly signal: AbortSignal;
  /** What more rounds are needed of, asked after all that are planned, and again after each two. */
  readonly unsettled?: (benchmark: Tallies) => readonly Scenario[];
  /** No round begins for that which is likely to end later than this, in ms from the start. */
  readonly budget?: number;
  readonly onStep?: (step: Step) => void;
}

/** What came of each program. */
export interface Tallies {
  readonly rounds: number;
  tallyOf(candidate: Candidate): Tally;
}

/** How much of a slice the warm-up takes. */
const warmUp = 0.2;

/**
 * Measures programs in rounds, and all of them in each round, a scenario at a time: what changes on the machine meanwhile
 * changes all of them alike.
 */
export class Benchmark<Sandbox extends AsyncDisposable> implements Tallies {
  readonly #nothing: Candidate;
  readonly #programs: readonly Candidate[];
  readonly #tallies: ReadonlyMap<Candidate, Tally>;
  readonly #runner: ScenarioRunner<Sandbox>;
  readonly #options: BenchmarkOptions;
  #rounds = 0;

  /** @param nothing the program that does nothing, which shows what the client can do */
  constructor(
    nothing: Candidate,
    programs: readonly Candidate[],
    host: Host<Sandbox>,
    options: BenchmarkOptions,
  ) {
    this.#nothing = nothing;
    this.#programs = programs;
    this.#options = options;
    this.#runner = new ScenarioRunner(host, new Bodies(), options.signal);
    const figures = figuresIn(options.scenarios);
    this.#tallies = new Map([nothing, ...programs].map((each) => [each, new Tally(figures)]));
  }

  /** How many rounds there were. */
  get rounds(): number {
    return this.#rounds;
  }

  /** What came of a program. */
  tallyOf(candidate: Candidate): Tally {
    const tally = this.#tallies.get(candidate);
    if (tally === undefined) throw new Error(`${candidate.name} does not take part: a mistake in bench`);
    return tally;
  }

  /**
   * A program that fails in the middle is no error here: its tally says so, and all else goes on.
   *
   * @throws (rejects) where a program does not start or does not end, before anything is measured; the reason of the
   *   signal, once that has fired
   */
  async run(): Promise<void> {
    const { scenarios, rounds, timeLimit, unsettled, budget = 0 } = this.#options;
    const started = performance.now();
    await this.#warmUp();
    let longest = 0;
    const mayTake = (count: number, most: number) => performance.now() - started + count * longest <= most;
    while (this.#rounds < rounds && (this.#rounds === 0 || mayTake(1, timeLimit)))
      longest = Math.max(longest, await this.#round(scenarios, rounds));
    // Two more each time, so that each program has been the first as often as the other.
    while (mayTake(2, budget)) {
      const more = unsettled?.(this) ?? [];
      if (more.length === 0) return;
      longest = Math.max(await this.#round(more), await this.#round(more));
    }
  }

  /** Starts each program once, and has the client do all that it will do: the first time takes longer. */
  async #warmUp(): Promise<void> {
    for (const { words } of this.#programs) await this.#runner.start(words("hit"));
    const { scenarios, slice, seed } = this.#options;
    const tally = new Tally(figuresIn(scenarios));
    for (const scenario of scenarios) {
      await this.#runner.run(scenario, {
        candidate: this.#nothing,
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
    // Each of two comes after the other as often as after nothing: what one has written, the system is still at.
    const programs = this.#rounds % 2 === 0 ? this.#programs : this.#programs.toReversed();
    const order = [this.#nothing, ...programs];
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
