import { Queue } from "./queue.ts";

/** Gives out at most `count` slots at a time, first come, first served. */
export class Semaphore {
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

  /** Takes a slot: returns undefined if one is free, or a promise that resolves with one. {@link release} it once. */
  acquire(): Promise<void> | undefined {
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

  /** Resolves when every slot is free. */
  async idle(): Promise<void> {
    if (this.taken > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }
}
