import type { Response } from "../../wire/messages.ts";
import { Deadline } from "../deadline.ts";

/** Somebody who waits for the answer to one request. */
export interface Waiter {
  /** When its time began, by performance.now(); undefined while it is still being written. */
  since: number | undefined;
  /** The answer, also where the waiter went away meanwhile. */
  answer(response: Response): void;
  /** No answer came within the time. The request stays known, so that a late answer is dropped. */
  expire(): void;
}

/**
 * The requests that were sent and not answered yet, by id. Ids count from 1 without a gap, in the order on the wire.
 *
 * They are written one after another and have the same time to be answered in, so the map is ordered by when that time
 * ends, and one timer is enough for any number of requests.
 */
export class InFlight<W extends Waiter> {
  readonly #timeout: number;
  readonly #waiters = new Map<number, W>();
  /** Ids whose time is over: an answer to one of them is late, not wrong. */
  readonly #expired = new Set<number>();
  readonly #deadline = new Deadline();
  #lastID = 0;

  /** @param timeout how long each may wait for its answer after it was written, in ms */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  get count(): number {
    return this.#waiters.size;
  }

  /** Takes the next id for a request that is about to be written. */
  add(waiter: W): number {
    const id = ++this.#lastID;
    this.#waiters.set(id, waiter);
    return id;
  }

  /** The request is written whole: from now on its time counts. @param now by performance.now() */
  written(waiter: Waiter, now: number): void {
    waiter.since = now;
    if (this.#waiters.size > 0 && !this.#deadline.counting)
      this.#deadline.set(this.#timeout, () => this.#expire());
  }

  /** Hands an answer to who waits for it. False where nobody asked, or it was answered before. */
  answer(response: Response): boolean {
    if (typeof response.id === "bigint") return false;
    const waiter = this.#waiters.get(response.id);
    if (waiter === undefined) return this.#expired.delete(response.id);
    this.#waiters.delete(response.id);
    waiter.answer(response);
    return true;
  }

  /** The connection is over: nobody is answered any more, and no timer is left. Returns those who waited. */
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
      waiter.expire();
    }
  }
}
