import type { CacheProg } from "../client/client.ts";
import { CacheProgError } from "../errors.ts";
import type { Tally } from "./tally.ts";
import type { Bodies } from "./workloads/bodies.ts";
import type { Figure, Scene, Session } from "./workloads/figure.ts";
import { Keys } from "./workloads/keys.ts";
import { type Trial, Unexpected } from "./workloads/measurement.ts";

/** A program that is measured. */
export interface Contestant {
  /** For people. */
  readonly name: string;
  /** The program and its arguments, for a session in which gets are answered like that. */
  words(answer: Session["answer"]): readonly string[];
}

/** Where programs run, and how one is started: whoever calls knows about sandboxes and signals. */
export interface Ground<Place extends AsyncDisposable> {
  /** A place for a program in which nothing is. */
  place(): Promise<Place>;
  /**
   * Starts a program there, has work done with it, and closes it, whatever becomes of the work.
   *
   * @throws (rejects) where it does not start, what `work` throws, and where it does not close
   */
  run(words: readonly string[], place: Place, work: (cache: CacheProg) => Promise<void>): Promise<void>;
}

/** The turn of a program: who plays, and where it is written down. */
export interface Turn {
  readonly contestant: Contestant;
  readonly tally: Tally;
  /** How long a figure is measured, in ms. */
  readonly slice: number;
  /** Another one for each turn. */
  readonly seed: string;
  /** @param index how many figures of the scene came before */
  readonly onFigure: (figure: Figure, index: number) => void;
}

/** Plays scenes, one at a time. */
export class Stage<Place extends AsyncDisposable> {
  readonly #ground: Ground<Place>;
  readonly #bodies: Bodies;
  readonly #signal: AbortSignal;

  constructor(ground: Ground<Place>, bodies: Bodies, signal: AbortSignal) {
    this.#ground = ground;
    this.#bodies = bodies;
    this.#signal = signal;
  }

  /** Starts a program, and lets it end. @throws (rejects) where it does not */
  async start(words: readonly string[]): Promise<void> {
    await using place = await this.#ground.place();
    await this.#ground.run(words, place, async () => {});
  }

  /**
   * Plays a scene, as far as the program has not failed in it before, and writes down what came of it.
   *
   * @throws (rejects) what is no failure of the program's; the reason of the signal, once that has fired
   */
  async play(scene: Scene, turn: Turn): Promise<void> {
    const { tally, seed } = turn;
    const isOpen = (figure: Figure) => tally.isOpen(figure);
    if (!scene.sessions.some(({ figures }) => figures.some(isOpen))) return;
    await using place = await this.#ground.place();
    this.#bodies.renew(seed);
    let broken: Figure | undefined;
    for (const session of scene.sessions) {
      // What comes next in a scene stands on what came before.
      if (broken !== undefined) {
        for (const figure of session.figures)
          tally.fail(figure, `${broken.id}, which comes before it, failed`);
      }
      let left: readonly Figure[] = session.figures.filter(isOpen);
      while (left.length > 0) left = await this.#session(session, left, place, turn);
      broken = session.figures.find((figure) => tally.hasFailed(figure));
    }
  }

  /** One process. @returns the figures that are left where one of them failed, which another process is good for */
  async #session(
    session: Session,
    figures: readonly Figure[],
    place: Place,
    turn: Turn,
  ): Promise<readonly Figure[]> {
    const { contestant, tally, slice, seed } = turn;
    let left: readonly Figure[] = [];
    let isUp = false;
    const begun = performance.now();
    try {
      await this.#ground.run(contestant.words(session.answer), place, async (cache) => {
        const handshake = performance.now() - begun;
        isUp = true;
        const trial = { cache, handshake, slice, keys: new Keys(seed), bodies: this.#bodies };
        left = await this.#measure(session, applicable(tally, figures, cache), trial, turn);
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
    session: Session,
    figures: readonly Figure[],
    trial: Trial,
    { tally, onFigure }: Turn,
  ): Promise<readonly Figure[]> {
    let failing = figures; // those that an error is the end of
    let left: readonly Figure[] = [];
    try {
      if (figures.length > 0) await session.prepare?.(trial);
      for (const [index, figure] of figures.entries()) {
        failing = [figure];
        left = figures.slice(index + 1);
        onFigure(figure, session.figures.indexOf(figure));
        tally.add(figure, await figure.run(trial));
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
