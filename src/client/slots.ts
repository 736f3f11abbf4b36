import { Queue } from "./queue.ts";

/** Lets no more than so many at once: first come, first served. */
export class Slots {
  #free: number;
  readonly #queue = new Queue<() => void>();

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves when there is a slot. Whoever gets it gives it back with {@link release}, once. */
  take(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--;
      return undefined;
    }
    return new Promise((resolve) => this.#queue.push(resolve));
  }

  release(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
