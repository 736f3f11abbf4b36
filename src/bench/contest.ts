import { Bodies } from "./bodies.ts";
import { type Figure, figuresIn, type Scene } from "./figure.ts";
import { type Contestant, type Ground, Stage } from "./stage.ts";
import { Tally } from "./tally.ts";

/** How far it is. */
export interface Step {
  readonly done: number;
  readonly total: number;
  /** From 1. */
  readonly round: number;
  readonly figure: Figure;
  readonly contestant: Contestant;
}

export interface ContestOptions {
  readonly scenes: readonly Scene[];
  /** How many rounds there are at most. */
  readonly rounds: number;
  /** How long a figure is measured in one round, in ms. */
  readonly slice: number;
  /** No round begins that is likely to end later than this, in ms from the start. The first begins in any case. */
  readonly limit: number;
  readonly seed: string;
  readonly signal: AbortSignal;
  readonly onStep?: (step: Step) => void;
}

/** How much of a slice the warm-up takes. */
const warmUp = 0.2;

/**
 * Measures programs in rounds, and all of them in each round, a scene at a time: what changes on the machine meanwhile
 * changes all of them alike.
 */
export class Contest<Place extends AsyncDisposable> {
  readonly #nothing: Contestant;
  readonly #programs: readonly Contestant[];
  readonly #tallies: ReadonlyMap<Contestant, Tally>;
  readonly #stage: Stage<Place>;
  readonly #options: ContestOptions;
  #rounds = 0;

  /** @param nothing the program that does nothing, which shows what the client can do */
  constructor(
    nothing: Contestant,
    programs: readonly Contestant[],
    ground: Ground<Place>,
    options: ContestOptions,
  ) {
    this.#nothing = nothing;
    this.#programs = programs;
    this.#options = options;
    this.#stage = new Stage(ground, new Bodies(), options.signal);
    const figures = figuresIn(options.scenes);
    this.#tallies = new Map([nothing, ...programs].map((each) => [each, new Tally(figures)]));
  }

  /** How many rounds there were. */
  get rounds(): number {
    return this.#rounds;
  }

  /** What came of a program. */
  tallyOf(contestant: Contestant): Tally {
    const tally = this.#tallies.get(contestant);
    if (tally === undefined) throw new Error(`${contestant.name} does not take part: a mistake in bench`);
    return tally;
  }

  /**
   * A program that fails in the middle is no error here: its tally says so, and all else goes on.
   *
   * @throws (rejects) where a program does not start or does not end, before anything is measured; the reason of the
   *   signal, once that has fired
   */
  async run(): Promise<void> {
    const { rounds, limit } = this.#options;
    const started = performance.now();
    await this.#warmUp();
    let longest = 0;
    for (let begun = performance.now(); this.#rounds < rounds; this.#rounds++) {
      if (this.#rounds > 0 && begun - started + longest > limit) return;
      await this.#round();
      const ended = performance.now();
      longest = Math.max(longest, ended - begun);
      begun = ended;
    }
  }

  /** Starts each program once, and has the client do all that it will do: the first time takes longer. */
  async #warmUp(): Promise<void> {
    for (const { words } of this.#programs) await this.#stage.start(words("hit"));
    const { scenes, slice, seed } = this.#options;
    const tally = new Tally(figuresIn(scenes));
    for (const scene of scenes) {
      await this.#stage.play(scene, {
        contestant: this.#nothing,
        tally,
        slice: slice * warmUp,
        seed: `${seed}\nwarm-up`,
        onFigure: () => {},
      });
    }
  }

  async #round(): Promise<void> {
    const { scenes, slice, seed, rounds, onStep } = this.#options;
    // Each of two comes after the other as often as after nothing: what one has written, the system is still at.
    const programs = this.#rounds % 2 === 0 ? this.#programs : this.#programs.toReversed();
    const order = [this.#nothing, ...programs];
    const steps = scenes.flatMap(({ sessions }) => sessions.flatMap(({ figures }) => figures)).length;
    const total = rounds * steps * order.length;
    const round = this.#rounds + 1;
    let done = this.#rounds * steps * order.length;
    for (const scene of scenes) {
      const length = scene.sessions.flatMap(({ figures }) => figures).length;
      for (const contestant of order) {
        await this.#stage.play(scene, {
          contestant,
          tally: this.tallyOf(contestant),
          slice,
          seed: [seed, this.#programs.indexOf(contestant), round, scene.name].join("\n"),
          onFigure: (figure, index) => onStep?.({ done: done + index, total, round, figure, contestant }),
        });
        done += length;
      }
    }
  }
}
