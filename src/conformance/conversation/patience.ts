/** How many times the time of a check may begin anew; see {@link Patience}. */
const renewals = 12;

/** A clock, for who is to be free of the real one. */
export interface Clock {
  /** In ms. */
  now(): number;
  /** Calls back later. @returns what forgets that */
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
 * How long something may be silent: the time begins anew with each sign of life. A program that is slow is not one that
 * hangs. But it is over at some time, whatever there is of life: after twelve times that.
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

  /** How long it lasts at the most, in ms. */
  static longest(time: number): number {
    return renewals * time;
  }

  /** A sign of life. @param extra how much more time there is this once, in ms */
  renew(extra = 0): void {
    const until = Math.min(this.#clock.now() + this.time + extra, this.#end);
    this.#until = Math.max(this.#until, until);
  }

  /** It ends, or has ended, because it has lasted too long in all, and not because of a silence. */
  get isExhausted(): boolean {
    return this.#until === this.#end;
  }

  /** Calls back when it is over, and some ms have passed. @returns what forgets that */
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
}
