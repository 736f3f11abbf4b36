import { AsyncLocalStorage } from "node:async_hooks";
import { ArgumentError } from "../errors.ts";

/** Which production the code that runs belongs to: one for the process, as a circle may go through two connections. */
const current = new AsyncLocalStorage<Production>();

/**
 * One entry that is being produced, and what it waits for meanwhile. A `produce` that asks for its own action, or
 * through others for one that waits for it, would wait for ever.
 */
export class Production {
  readonly action: Uint8Array;
  /** The productions that this one waits for, each as often as it asked. */
  readonly #waits = new Set<{ readonly on: Production }>();
  #over = false;

  constructor(action: Uint8Array) {
    this.action = action;
  }

  /** The production that we are called from, if it still goes on: what it began may outlive it. */
  static get current(): Production | undefined {
    const production = current.getStore();
    return production === undefined || production.#over ? undefined : production;
  }

  /** Calls `produce`, so that what it asks for is known to be asked for by this. */
  async run<T>(produce: () => T | Promise<T>): Promise<T> {
    try {
      return await current.run(this, produce);
    } finally {
      this.#over = true;
    }
  }

  /**
   * Notes that this one waits for another.
   *
   * @returns forgets it
   * @throws {ArgumentError} where the other one waits for this, with the circle
   */
  waitFor(on: Production): () => void {
    const way = on.#wayTo(this);
    if (way !== undefined) throw circular(way);
    const wait = { on };
    this.#waits.add(wait);
    return () => this.#waits.delete(wait);
  }

  /** The productions from this one to another: each waits for the next. */
  #wayTo(other: Production): Production[] | undefined {
    const before = new Map<Production, Production | undefined>([[this, undefined]]);
    for (const [production] of before) {
      if (production === other) return way(other, before);
      if (production.#over) continue; // what it left behind it doesn't wait for
      for (const { on } of production.#waits) if (!before.has(on)) before.set(on, production);
    }
    return undefined;
  }
}

function way(to: Production, before: ReadonlyMap<Production, Production | undefined>): Production[] {
  const reversed: Production[] = [];
  for (let at: Production | undefined = to; at !== undefined; at = before.get(at)) reversed.push(at);
  return reversed.reverse();
}

function circular(circle: readonly Production[]): ArgumentError {
  const [first, ...others] = circle.map(({ action }) => action.toHex());
  const through = others.length === 0 ? "" : `, through ${others.join(", ")}`;
  return new ArgumentError(
    `getOrPut of action ${first} would wait for itself${through}: produce asks for what is being produced; expected produce to make the body without it`,
  );
}
