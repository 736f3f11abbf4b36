import type { Command, Response } from "../wire/messages.ts";
import type { BodySource } from "./body-source.ts";
import type { Waiter } from "./inflight.ts";
import type { Outgoing } from "./outbox.ts";

/** What a call needs of its connection. */
export interface CallHost {
  /** The call's turn to be written: gives it an id and its header. */
  begin(call: Call): string;
  written(call: Call): void;
  expired(call: Call): Error;
  settled(call: Call): void;
}

/**
 * One request from the caller's call to its settling, which happens once, whoever comes first: the answer, the
 * timeout, the caller's signal, the end of the connection.
 */
export class Call implements Outgoing, Waiter {
  readonly command: Command;
  readonly promise: Promise<Response>;
  /** What its request says after the id. Set before it is put in line. Source: requestFields */
  fields = "";
  /** Set when the request was begun to be written. */
  id = 0;
  body: BodySource | undefined;
  since: number | undefined;
  /** Forgets the caller's signal, if there is one. */
  unlisten: (() => void) | undefined;
  readonly #host: CallHost;
  #resolve: (response: Response) => void = nobody;
  #reject: (error: Error) => void = nobody;
  #settled = false;

  constructor(host: CallHost, command: Command) {
    this.#host = host;
    this.command = command;
    // Twice as fast as Promise.withResolvers (Bun 1.4.5).
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get settled(): boolean {
    return this.#settled;
  }

  begin(): string | undefined {
    return this.#settled ? undefined : this.#host.begin(this);
  }

  written(): void {
    this.#host.written(this);
  }

  answer(response: Response): void {
    if (this.#settle()) this.#resolve(response);
  }

  expire(): void {
    this.fail(this.#host.expired(this));
  }

  fail(error: Error): void {
    if (this.#settle()) this.#reject(error);
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    this.unlisten?.();
    this.#host.settled(this);
    return true;
  }
}

function nobody(): void {}
