/** The longest delay setTimeout supports, in ms. It fires at once for more. */
const longest = 2 ** 31 - 1;

/**
 * A timer that calls back once unless it is cleared. It doesn't keep the process alive; Program.ref() does that for
 * pending calls. Infinity, or more than setTimeout supports (24 days), never calls back.
 */
export class Deadline {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Starts the timer, or restarts it. */
  set(ms: number, callback: () => void): void {
    this.clear();
    if (ms > longest) return;
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

/** Waits for a promise, but returns undefined after `ms`. Keeps the process alive meanwhile. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, ms, undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
