/** Work that goes on side by side, and work that has to be alone. */
export class ReadWriteLock {
  #inside = 0;
  #left = Promise.withResolvers<void>();
  /** Resolves when nobody is alone, or waits to be. */
  #open: Promise<unknown> = Promise.resolve();

  /** Does work beside other work, as soon as nobody is alone. */
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

  /** Does work when all other work is done, and keeps new work waiting. Never call it within shared work. */
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
