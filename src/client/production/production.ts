import { AsyncLocalStorage } from "node:async_hooks";
import { ArgumentError } from "../../errors.ts";
import { onAbort } from "../../on-abort.ts";
import type { Produced } from "../entry.ts";
import type { Place, Places } from "./places.ts";

/** The production the current code runs in. Shared by the process, because a cycle may span two connections. */
const current = new AsyncLocalStorage<Production>();

/** The productions that make an action, or wait for a place to: at most one per action in this process. */
const makers = new Map<string, Production>();

/** One production that waits for another. */
interface Wait {
  readonly on: Production;
  /** Ends the wait at once, if the production can do without the other. */
  readonly giveUp?: () => void;
}

/**
 * A `produce`, from the moment its action is asked for, and the productions it waits for. One that waits for its own
 * action, directly or through other productions, would never end; waitFor() detects that.
 */
export class Production {
  readonly action: Uint8Array;
  readonly #result = Promise.withResolvers<Produced | undefined>();
  /** The productions this one waits for, with one element per wait. */
  readonly #waits = new Set<Wait>();
  /** While `produce` runs. */
  #place: Place | undefined;
  #over = false;

  constructor(action: Uint8Array) {
    this.action = action;
  }

  /** The production that called us, or undefined if it is over: code it started may outlive it. */
  static get current(): Production | undefined {
    const production = current.getStore();
    return production === undefined || production.#over ? undefined : production;
  }

  /**
   * Becomes the production that makes its action, so that other connections wait for it. If there is one already, waits
   * for its result.
   *
   * @returns undefined if this production has to make the body itself
   * @throws (rejects) the signal's reason
   */
  async claim(signal: AbortSignal): Promise<Produced | undefined> {
    const key = this.action.toBase64();
    for (let other = makers.get(key); other !== undefined; other = makers.get(key)) {
      if (other.#pathTo(this) !== undefined) return undefined; // it waits for us
      const result = await this.#resultOf(other, signal);
      signal.throwIfAborted();
      if (result !== undefined) return result;
      if (makers.get(key) === other) return undefined; // it has come to wait for us
    }
    makers.set(key, this);
    return undefined;
  }

  /**
   * Calls `produce` with this as the current production, once it has a place.
   *
   * @throws (rejects) the signal's reason if it fires before; the error of a closed {@link Places}
   */
  async run<T>(produce: () => T | Promise<T>, places: Places, signal: AbortSignal): Promise<T> {
    const place = await places.enter(signal);
    try {
      signal.throwIfAborted();
      this.#place = place;
      return await current.run(this, produce);
    } finally {
      this.#over = true;
      place.end();
    }
  }

  /** The work for the action has ended. Call it once. @param result undefined if it has failed or was aborted */
  end(result: Produced | undefined): void {
    this.#over = true;
    const key = this.action.toBase64();
    if (makers.get(key) === this) makers.delete(key);
    this.#result.resolve(result);
  }

  /**
   * Records that this production waits for another. Meanwhile its place is free for others.
   *
   * @returns removes the record; the promise resolves when this production has a place again
   * @throws {ArgumentError} if the other waits for this one; the message shows the cycle
   */
  waitFor(on: Production): () => Promise<void> | undefined {
    for (let cycle = on.#pathTo(this); cycle !== undefined; cycle = on.#pathTo(this)) {
      if (!breakUp(cycle)) throw circular(cycle);
    }
    const wait = { on };
    this.#waits.add(wait);
    const place = this.#place;
    place?.giveAway();
    return () => {
      this.#waits.delete(wait);
      return place?.takeBack();
    };
  }

  /** Waits for another's result: undefined if there is none, if the other comes to wait for this one, or on an abort. */
  async #resultOf(on: Production, signal: AbortSignal): Promise<Produced | undefined> {
    const { promise: given, resolve } = Promise.withResolvers<undefined>();
    const giveUp = () => {
      this.#waits.delete(wait);
      resolve(undefined);
    };
    const wait: Wait = { on, giveUp };
    this.#waits.add(wait);
    const unlisten = onAbort(signal, giveUp);
    const result = await Promise.race([on.#result.promise, given]);
    unlisten();
    this.#waits.delete(wait);
    return result;
  }

  /** The waits for another production that it can do without; undefined if it can't do without one of them. */
  optionalWaits(on: Production): Wait[] | undefined {
    const waits = [...this.#waits].filter((wait) => wait.on === on);
    return waits.every(({ giveUp }) => giveUp !== undefined) ? waits : undefined;
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

/** Ends a wait in a path that its production can do without. Returns false if there is none. */
function breakUp(path: readonly Production[]): boolean {
  for (const [n, production] of path.entries()) {
    const next = path[n + 1];
    const waits = next && production.optionalWaits(next);
    if (waits === undefined) continue;
    for (const { giveUp } of waits) giveUp?.();
    return true;
  }
  return false;
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
