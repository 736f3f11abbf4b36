import { AsyncLocalStorage } from "node:async_hooks";
import { ArgumentError } from "../errors.ts";

/** The production the current code runs in. Shared by the process, because a cycle may span two connections. */
const current = new AsyncLocalStorage<Production>();

/**
 * A running `produce`, and the productions it waits for. One that waits for its own action, directly or through other
 * productions, would never end; waitFor() detects that.
 */
export class Production {
  readonly action: Uint8Array;
  /** The productions this one waits for, with one element per wait. */
  readonly #waits = new Set<{ readonly on: Production }>();
  #over = false;

  constructor(action: Uint8Array) {
    this.action = action;
  }

  /** The production that called us, or undefined if it is over: code it started may outlive it. */
  static get current(): Production | undefined {
    const production = current.getStore();
    return production === undefined || production.#over ? undefined : production;
  }

  /** Calls `produce` with this as the current production. */
  async run<T>(produce: () => T | Promise<T>): Promise<T> {
    try {
      return await current.run(this, produce);
    } finally {
      this.#over = true;
    }
  }

  /**
   * Records that this production waits for another.
   *
   * @returns removes the record
   * @throws {ArgumentError} if the other waits for this one; the message shows the cycle
   */
  waitFor(on: Production): () => void {
    const cycle = on.#pathTo(this);
    if (cycle !== undefined) throw circular(cycle);
    const wait = { on };
    this.#waits.add(wait);
    return () => this.#waits.delete(wait);
  }

  /** Finds a path to another production, where each waits for the next. */
  #pathTo(other: Production): Production[] | undefined {
    const before = new Map<Production, Production | undefined>([[this, undefined]]);
    for (const [production] of before) {
      if (production === other) return pathBack(other, before);
      if (production.#over) continue; // waits left over by a finished produce don't block it
      for (const { on } of production.#waits) if (!before.has(on)) before.set(on, production);
    }
    return undefined;
  }
}

function pathBack(to: Production, before: ReadonlyMap<Production, Production | undefined>): Production[] {
  const reversed: Production[] = [];
  for (let at: Production | undefined = to; at !== undefined; at = before.get(at)) reversed.push(at);
  return reversed.reverse();
}

function circular(cycle: readonly Production[]): ArgumentError {
  const [first, ...others] = cycle.map(({ action }) => action.toHex());
  const through = others.length === 0 ? "" : `, through ${others.join(", ")}`;
  return new ArgumentError(
    `getOrPut of action ${first} would wait for itself${through}: produce asks for an entry that is still being produced; expected produce to make the body without it`,
  );
}
