import type { CacheProgError } from "../../errors.ts";
import { onAbort } from "../../on-abort.ts";
import { unless } from "../../wait.ts";

/** Someone who waits for a place. */
interface Turn {
  /** It has got a place. */
  granted: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Lets at most `count` productions run at a time. Those that have begun go before those that haven't. */
export class Places {
  #free: number;
  readonly #returning = new Set<Turn>();
  readonly #entering = new Set<Turn>();
  #closed: (() => CacheProgError) | undefined;

  /** @param count a positive integer, or Infinity */
  constructor(count: number) {
    this.#free = count;
  }

  /**
   * Waits for a free place and takes it.
   *
   * @throws (rejects) the signal's reason; the error of {@link close}
   */
  async enter(signal: AbortSignal): Promise<Place> {
    signal.throwIfAborted();
    if (this.#closed !== undefined) throw this.#closed();
    if (this.#free > 0) this.#free--;
    else await this.#wait(this.#entering, signal);
    return new Place(this);
  }

  /** Takes a place before anyone who wants to enter: returns undefined if one is free, or a promise that resolves with one. */
  reenter(): Promise<void> | undefined {
    if (this.#free === 0) return this.#wait(this.#returning);
    this.#free--;
    return undefined;
  }

  /** Gives a place back. */
  leave(): void {
    const waiting = this.#returning.size > 0 ? this.#returning : this.#entering;
    const [next] = waiting;
    if (next === undefined) {
      this.#free++;
      return;
    }
    waiting.delete(next);
    next.granted = true;
    next.resolve();
  }

  /** From now on, no one may enter: all who wait to, and all who come later, get the error. */
  close(error: () => CacheProgError): void {
    this.#closed = error;
    for (const { reject } of this.#entering) reject(error());
    this.#entering.clear();
  }

  async #wait(queue: Set<Turn>, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const turn: Turn = { granted: false, resolve, reject };
    queue.add(turn);
    try {
      await unless(promise, (fail) => signal && onAbort(signal, () => fail(signal.reason)));
    } catch (error) {
      queue.delete(turn);
      if (turn.granted) this.leave(); // granted in the moment of the abort
      throw error;
    }
  }
}

/**
 * The place of one production. It is given away while the production waits for others, so that those can run; otherwise a
 * production that waits for its own part would keep that part from running.
 */
export class Place {
  readonly #places: Places;
  #held = true;
  #over = false;
  /** For how many others the production waits. */
  #waits = 0;
  #returning: Promise<void> | undefined;

  constructor(places: Places) {
    this.#places = places;
  }

  /** The production begins to wait for another. */
  giveAway(): void {
    this.#waits++;
    this.#leave();
  }

  /** One wait is over. Returns a promise if it was the last, and the production has to wait for a place to go on. */
  takeBack(): Promise<void> | undefined {
    this.#waits--;
    if (!this.#mayHold) return undefined;
    // One return at a time: a production that waited for two places would wait for itself.
    if (this.#returning !== undefined) return this.#returning;
    const turn = this.#places.reenter();
    if (turn === undefined) this.#held = true;
    else this.#returning = turn.then(() => this.#returned());
    return this.#returning;
  }

  /** The production is over. */
  end(): void {
    this.#over = true;
    this.#leave();
  }

  get #mayHold(): boolean {
    return !this.#over && this.#waits === 0;
  }

  #returned(): void {
    this.#returning = undefined;
    if (this.#mayHold) this.#held = true;
    else this.#places.leave();
  }

  #leave(): void {
    if (!this.#held) return;
    this.#held = false;
    this.#places.leave();
  }
}
