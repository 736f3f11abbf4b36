import type { Int64 } from "../../wire/messages.ts";

/** A set of request IDs. go counts from 1, so it's small: all up to a number, and a few beyond it. */
export class IDSet {
  #upTo = 0;
  readonly #others = new Set<Int64>();

  /** All IDs from 1 to this one are in the set. */
  get upTo(): number {
    return this.#upTo;
  }

  has(id: Int64): boolean {
    return (typeof id === "number" && id >= 1 && id <= this.#upTo) || this.#others.has(id);
  }

  add(id: Int64): void {
    if (this.has(id)) return;
    this.#others.add(id);
    while (this.#others.delete(this.#upTo + 1)) this.#upTo++;
  }
}
