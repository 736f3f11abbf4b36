import type { Response } from "../../wire/messages.ts";
import { Deadline } from "../deadline.ts";

/** Waits for the response to one request. */
export interface Waiter {
  /** Set when writing the request begins. */
  readonly id: number;
  /** When its timeout started, by performance.now(); undefined until the request is fully written. */
  since: number | undefined;
  /** Called with the response, even if the call has already settled. */
  answer(response: Response): void;
}

/**
 * The requests that were sent but not answered, by id. Ids count from 1 without gaps, in the order on the wire.
 *
 * Requests are written one after another and all have the same timeout, so the map is ordered by deadline, and one timer
 * serves any number of requests.
 */
export class InFlight<W extends Waiter> {
  readonly #timeout: number;
  readonly #onTimeout: (waiter: W) => void;
  readonly #waiters = new Map<number, W>();
  /** Ids that timed out: a response to one of them is late, not a protocol error. */
  readonly #expired = new Set<number>();
  readonly #deadline = new Deadline();
  #lastID = 0;
  /** See CacheStats.responseTime. */
  responseTime = 0;

  /**
   * @param timeout how long a request may wait for its response once it is written, in ms
   * @param onTimeout called when that is over. The id stays known, so a late response is dropped
   */
  constructor(timeout: number, onTimeout: (waiter: W) => void) {
    this.#timeout = timeout;
    this.#onTimeout = onTimeout;
  }

  get count(): number {
    return this.#waiters.size;
  }

  /** Assigns the next id to a request that is about to be written. */
  add(waiter: W): number {
    const id = ++this.#lastID;
    this.#waiters.set(id, waiter);
    return id;
  }

  /** Starts the timeout of a request that is now fully written. @param now by performance.now() */
  written(waiter: Waiter, now: number): void {
    waiter.since = now;
    if (!this.#deadline.counting && this.#waiters.size > 0)
      this.#deadline.set(this.#timeout, () => this.#expire());
  }

  /**
   * Passes a response to its waiter. Returns false if its id is unknown or already answered.
   *
   * @param now when it was read, by performance.now()
   */
  answer(response: Response, now: number): boolean {
    if (typeof response.id === "bigint") return false;
    const waiter = this.#waiters.get(response.id);
    if (waiter === undefined) return this.#expired.delete(response.id);
    this.#waiters.delete(response.id);
    // A program may respond before it has read the whole request.
    if (waiter.since !== undefined) this.responseTime += now - waiter.since;
    waiter.answer(response);
    return true;
  }

  /** Forgets all requests and stops the timer. Returns the waiters that were still pending. */
  clear(): W[] {
    const waiters = [...this.#waiters.values()];
    this.#waiters.clear();
    this.#expired.clear();
    this.#deadline.clear();
    return waiters;
  }

  #expire(): void {
    const now = performance.now();
    for (const [id, waiter] of this.#waiters) {
      if (waiter.since === undefined) continue;
      const left = waiter.since + this.#timeout - now;
      if (left > 0) {
        this.#deadline.set(Math.ceil(left), () => this.#expire());
        return;
      }
      this.#waiters.delete(id);
      this.#expired.add(id);
      this.#onTimeout(waiter);
    }
  }
}
