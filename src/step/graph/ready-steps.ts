import type { GraphStep } from "./graph.ts";

/** Steps that could start, the most urgent first. */
export class ReadySteps {
  readonly #rank: ReadonlyMap<GraphStep, number>;
  readonly #steps: GraphStep[] = [];

  /** @param steps all steps, the most urgent first */
  constructor(steps: readonly GraphStep[]) {
    this.#rank = new Map(steps.map((step, rank) => [step, rank]));
  }

  add(step: GraphStep): void {
    const rank = this.#rankOf(step);
    // The most urgent one is last, where taking it costs nothing.
    let [low, high] = [0, this.#steps.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#steps[middle];
      if (other !== undefined && this.#rankOf(other) > rank) low = middle + 1;
      else high = middle;
    }
    this.#steps.splice(low, 0, step);
  }

  take(): GraphStep | undefined {
    return this.#steps.pop();
  }

  #rankOf(step: GraphStep): number {
    return this.#rank.get(step) ?? 0;
  }
}
