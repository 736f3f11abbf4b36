import { longestTimeout } from "../wait.ts";

/**
 * A timer that calls back once unless it is cleared. It doesn't keep the process alive; Program.ref() does that for
 * pending calls. Infinity, or more than setTimeout supports (24 days), never calls back.
 */
export class Deadline {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Starts the timer, or restarts it. */
  set(ms: number, callback: () => void): void {
    this.clear();
    if (ms > longestTimeout) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      callback();
    }, ms);
    this.#timer.unref();
  }

  get counting(): boolean {
    return this.#timer !== undefined;
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
