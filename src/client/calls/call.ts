import type { Command, Response } from "../../wire/messages.ts";
import type { BodySource, PendingCall } from "../body/body-source.ts";
import type { Waiter } from "./in-flight.ts";
import type { Outgoing } from "./outbox.ts";

/** A call with any type of result. */
export interface AnyCall extends Outgoing, Waiter, PendingCall {
  readonly command: Command;
  /** The request's JSON after the id, from requestFields. Set before the call is queued. */
  fields: string;
  /** Set when writing the request begins. */
  id: number;
  body: BodySource | undefined;
  /** Stops listening to the caller's signal, if there is one. */
  unlisten: (() => void) | undefined;
  fail(error: Error): void;
}

/** What a call needs from its owner. */
export interface CallHost {
  /** Assigns the call an id and returns its header. */
  begin(call: AnyCall): string;
  written(call: AnyCall, now: number): void;
  expired(call: AnyCall): Error;
  settled(): void;
}

/**
 * One request, from the caller's call until it settles. It settles once, by whichever comes first: the response, the
 * timeout, the caller's signal or the end of the connection.
 *
 * Once the promise settles, the caller may change the array or delete the file. So a put whose body is being sent settles
 * only when the rest of the body has been read or never will be. Copying the rest would take as much memory as the body
 * has, and leaving it out would break the stream for all other calls.
 */
export class Call<T> implements AnyCall {
  readonly command: Command;
  readonly promise: Promise<T>;
  fields = "";
  id = 0;
  body: BodySource | undefined;
  since: number | undefined;
  unlisten: (() => void) | undefined;
  readonly #host: CallHost;
  readonly #read: (response: Response, body: BodySource | undefined) => T;
  #resolve: (result: T) => void = noop;
  #reject: (error: unknown) => void = noop;
  #settled = false;
  /** The body is being read and sent. */
  #reading = false;
  /** Settles the promise; set while that waits for the body to be read. */
  #settle: (() => void) | undefined;
  whenSettled: (() => void) | undefined;

  /**
   * @param read makes the result from the response and the body of a put; the promise rejects with what it throws.
   *   Calling it here saves each caller one promise and one turn
   */
  constructor(
    host: CallHost,
    command: Command,
    read: (response: Response, body: BodySource | undefined) => T,
  ) {
    this.#host = host;
    this.command = command;
    this.#read = read;
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
    if (this.#settled) return undefined;
    this.#reading = this.body !== undefined && this.body.size > 0 && this.body.line === undefined;
    return this.#host.begin(this);
  }

  bodyRead(): void {
    this.#reading = false;
    this.#settle?.();
  }

  written(now: number): void {
    this.#host.written(this, now);
  }

  answer(response: Response): void {
    this.#settleWith(() => {
      try {
        this.#resolve(this.#read(response, this.body));
      } catch (error) {
        this.#reject(error);
      }
    });
  }

  expire(): void {
    this.fail(this.#host.expired(this));
  }

  fail(error: Error): void {
    this.#settleWith(() => this.#reject(error));
  }

  #settleWith(tell: () => void): void {
    if (this.#settled) return;
    this.#settled = true;
    this.unlisten?.();
    this.whenSettled?.();
    const settle = () => {
      this.#settle = undefined;
      tell();
      this.#host.settled();
    };
    if (this.#reading) this.#settle = settle;
    else settle();
  }
}

function noop(): void {}
