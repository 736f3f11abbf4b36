import { Queue } from "./queue.ts";

/** Lets no more than so many at once: first come, first served. */
export class Slots {
  readonly #count: number;
  #free: number;
  #idle: (() => void) | undefined;
  readonly #queue = new Queue<() => void>();

  constructor(count: number) {
    this.#count = count;
    this.#free = count;
  }

  get taken(): number {
    return this.#count - this.#free;
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
    if (next !== undefined) {
      next();
      return;
    }
    this.#free++;
    if (this.taken === 0) this.#idle?.();
  }

  /** Resolves when all were given back, and nobody waits for one. */
  async idle(): Promise<void> {
    if (this.taken > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }
}
