import { CacheProgError } from "../../errors.ts";
import { onAbort } from "../../on-abort.ts";
import { unless } from "../../wait.ts";
import type { Body } from "../body/body.ts";
import { type Cache, getFile } from "../cache.ts";
import { type ActionID, copyID, type Produced } from "../entry.ts";
import { type Accept, isWhole } from "./entry-file.ts";
import { Places } from "./places.ts";
import { Production } from "./production.ts";
import { Storage } from "./storage.ts";

/*
 * getOrPut. Its callers join a flight, one per action and connection. The flight looks the action up, waits for another
 * connection that makes the same (production.ts) and for a place (places.ts), calls `produce`, and stores the body: in
 * the cache, or else in a temporary folder (storage.ts, kept-bodies.ts).
 */

/** Errors of a get after which nothing is produced. After any other, the cache is of no use, but the build goes on. */
const finalCodes: ReadonlySet<string> = new Set(["ABORTED", "CLOSED"]);

/** What a caller of getOrPut may choose. */
export interface Choice {
  /** Decides whether a file may be used: that of a hit, and that of a put. */
  readonly accept: Accept;
  readonly signal: AbortSignal | undefined;
}

/** One getOrPut in progress, and how many callers wait for it. */
interface Flight {
  readonly accept: Accept;
  readonly result: Promise<Produced>;
  readonly production: Production;
  readonly abort: AbortController;
  waiters: number;
}

/** Implements getOrPut: at most one call of `produce` per action at a time. */
export class Producer {
  readonly #cache: Cache;
  readonly #places: Places;
  readonly #storage: Storage;
  readonly #flights = new Map<string, Flight>();

  /** @param limit how many productions may run at a time: a positive integer, or Infinity */
  constructor(cache: Cache, limit = Number.POSITIVE_INFINITY) {
    this.#cache = cache;
    this.#places = new Places(limit);
    this.#storage = new Storage(cache);
  }

  async getOrPut(
    action: ActionID,
    produce: () => Body | Promise<Body>,
    { accept, signal }: Choice,
  ): Promise<Produced> {
    const aborted = () => new CacheProgError("ABORTED", "getOrPut was aborted", { cause: signal?.reason });
    const id = copyID(action);
    for (;;) {
      if (signal?.aborted) throw aborted();
      const flight = this.#join(id, produce, accept);
      const result = await wait(flight, signal, aborted);
      // Another caller's flight has checked the file as that caller wanted it.
      const isChecked = flight.accept === accept || accept === isWhole;
      if (isChecked || (await accept(result, signal)))
        return { ...result, outputID: copyID(result.outputID) };
    }
  }

  /**
   * The connection closes: from now on no `produce` begins. One that is running goes on, and its body is kept.
   *
   * @param error makes the error of those that wait to begin
   * @returns removes the bodies that were kept until now
   */
  close(error: () => CacheProgError): () => Promise<void> {
    this.#places.close(error);
    return this.#storage.close();
  }

  #join(action: ActionID, produce: () => Body | Promise<Body>, accept: Accept): Flight {
    const key = action.toBase64();
    const before = this.#flights.get(key);
    if (before !== undefined && !before.abort.signal.aborted) {
      before.waiters++;
      return before;
    }
    const abort = new AbortController();
    // Every caller of the earlier flight has left, but its `produce` may still be running.
    const landed = before?.result.catch(() => {});
    const production = new Production(action);
    if (before !== undefined) void landed?.then(production.waitFor(before.production));
    const result = this.#run(production, produce, { accept, signal: abort.signal, landed }).finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    // Each caller gets the error; there may be none left.
    result.then(
      (made) => production.end(made),
      () => production.end(undefined),
    );
    const flight: Flight = { accept, result, production, abort, waiters: 1 };
    this.#flights.set(key, flight);
    return flight;
  }

  async #run(
    production: Production,
    produce: () => Body | Promise<Body>,
    { accept, signal, landed }: Choice & { signal: AbortSignal; landed: Promise<unknown> | undefined },
  ): Promise<Produced> {
    await landed;
    const { action } = production;
    const hit = await this.#lookUp(action, accept, signal);
    if (hit !== undefined) return hit;
    signal.throwIfAborted();
    const target = { action, accept, signal };
    const before = await this.#storage.again(target);
    if (before !== undefined) return before;
    const shared = await production.claim(signal);
    const copy = shared && (await this.#storage.copy(shared, target));
    if (copy !== undefined) return copy;
    const body = await production.run(produce, this.#places, signal);
    return this.#storage.store(body, target);
  }

  async #lookUp(action: ActionID, accept: Accept, signal: AbortSignal): Promise<Produced | undefined> {
    try {
      const hit = await getFile(this.#cache, action, accept, signal);
      return hit === null ? undefined : { ...hit, hit: true, stored: true };
    } catch (error) {
      if (!(error instanceof CacheProgError) || finalCodes.has(error.code)) throw error;
      return undefined;
    }
  }
}

async function wait(
  flight: Flight,
  signal: AbortSignal | undefined,
  aborted: () => CacheProgError,
): Promise<Produced> {
  let waited: (() => Promise<void> | undefined) | undefined;
  try {
    waited = Production.current?.waitFor(flight.production);
    return await unless(flight.result, (fail) => signal && onAbort(signal, () => fail(aborted())));
  } finally {
    // The work goes on until the last caller has left.
    if (--flight.waiters === 0) flight.abort.abort(signal?.reason);
    const place = waited?.();
    // An aborted caller doesn't wait for its place; it takes the next one that is free.
    if (place !== undefined && !signal?.aborted) await orAbort(place, signal);
  }
}

/** Waits for a promise until the signal fires. */
async function orAbort(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  const { promise: fired, resolve } = Promise.withResolvers<void>();
  const unlisten = signal && onAbort(signal, resolve);
  await Promise.race([promise, fired]);
  unlisten?.();
}
