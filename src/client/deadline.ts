/** The longest that setTimeout can wait, in ms; it fires at once for more. */
const longest = 2 ** 31 - 1;

/**
 * Calls back once, after a time without a `clear`. It never keeps the process alive: what waits holds the program,
 * and the program holds the process. Infinity, or more than setTimeout can wait (24 days), never calls back.
 */
export class Deadline {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Starts to count, anew if it counts already. */
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

/** What a promise resolves to, or undefined if it takes longer. This one does keep the process alive. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, ms, undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
