import { Queue } from "./queue.ts";

/** Lets at most `count` callers in at once, in the order they came. */
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

  /** Resolves when a slot is free; undefined where one is free now. Give it back with {@link release}, once. */
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

  /** Resolves when every slot is free and nobody waits. */
  async idle(): Promise<void> {
    if (this.taken > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }
}
