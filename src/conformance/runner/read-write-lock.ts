/** Lets shared work run concurrently, and exclusive work alone. */
export class ReadWriteLock {
  #inside = 0;
  #left = Promise.withResolvers<void>();
  /** Resolves when no exclusive work runs or waits. */
  #open: Promise<unknown> = Promise.resolve();

  /** Runs work concurrently with other shared work, as soon as no exclusive work runs or waits. */
  async shared<T>(work: () => Promise<T>): Promise<T> {
    for (let open = this.#open; ; open = this.#open) {
      await open;
      if (open === this.#open) break;
    }
    this.#inside++;
    try {
      return await work();
    } finally {
      if (--this.#inside === 0) this.#left.resolve();
    }
  }

  /** Runs work alone: waits for all running work, and holds back new work. Deadlocks inside shared work. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#open;
    const done = before.then(async () => {
      while (this.#inside > 0) {
        this.#left = Promise.withResolvers();
        await this.#left.promise;
      }
      return work();
    });
    this.#open = done.catch(() => {});
    return done;
  }
}
