import { onAbort } from "../../on-abort.ts";
import { unless } from "../../wait.ts";

/** How many times the time limit of a check may restart; see {@link Patience}. */
const renewals = 12;

/** A clock; tests use one that they control. */
export interface Clock {
  /** In ms. */
  now(): number;
  /** Calls back after a time, in ms. @returns a function that cancels the call */
  after(ms: number, callback: () => void): () => void;
}

const realClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * A time limit that restarts with each sign of activity, because a slow program is not a hanging one. It ends in any case
 * after twelve times the limit.
 */
export class Patience {
  /** In ms. */
  readonly time: number;
  readonly #clock: Clock;
  readonly #end: number;
  #until: number;

  constructor(time: number, clock = realClock) {
    this.time = time;
    this.#clock = clock;
    this.#until = clock.now() + time;
    this.#end = clock.now() + renewals * time;
  }

  /** The longest total time for a limit, in ms. */
  static longest(time: number): number {
    return renewals * time;
  }

  /** Restarts the limit. @param extra additional time, in ms, this once */
  renew(extra = 0): void {
    const until = Math.min(this.#clock.now() + this.time + extra, this.#end);
    this.#until = Math.max(this.#until, until);
  }

  /** Whether the total time, not the silence, is what ends it. */
  get isExhausted(): boolean {
    return this.#until === this.#end;
  }

  /** Calls back `later` ms after the time is over. @returns a function that cancels the call */
  onEnd(callback: () => void, later = 0): () => void {
    let forget = () => {};
    const look = () => {
      const left = this.#until + later - this.#clock.now();
      if (left <= 0) callback();
      else forget = this.#clock.after(left, look);
    };
    look();
    return () => forget();
  }

  /**
   * Waits for a promise, but not longer than `later` ms after the time is over, and not after the signal fires.
   *
   * @throws what `error` makes then
   */
  limit<T>(promise: Promise<T>, signal: AbortSignal, error: () => Error, later = 0): Promise<T> {
    return unless(promise, (fail) => {
      const end = () => fail(error());
      const cancels = [this.onEnd(end, later), onAbort(signal, end)];
      return () => {
        for (const cancel of cancels) cancel();
      };
    });
  }
}
