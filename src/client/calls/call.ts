import type { Command, Response } from "../../wire/messages.ts";
import type { BodySource, Wanted } from "../body/body-source.ts";
import type { Waiter } from "./in-flight.ts";
import type { Outgoing } from "./outbox.ts";

/** A call, whatever its caller gets. */
export interface AnyCall extends Outgoing, Waiter, Wanted {
  readonly command: Command;
  /** What its request says after the id. Set before it is put in line. Source: requestFields */
  fields: string;
  /** Set when the request was begun to be written. */
  id: number;
  body: BodySource | undefined;
  /** Forgets the caller's signal, if there is one. */
  unlisten: (() => void) | undefined;
  fail(error: Error): void;
}

/** What a call needs of its connection. */
export interface CallHost {
  /** The call's turn to be written: gives it an id and its header. */
  begin(call: AnyCall): string;
  written(call: AnyCall, now: number): void;
  expired(call: AnyCall): Error;
  settled(): void;
}

/**
 * One request from the caller's call to its settling, which happens once, whoever comes first: the answer, the
 * timeout, the caller's signal, the end of the connection.
 *
 * Once the promise is settled, the body is the caller's again: the array may get other bytes, and the file may go. So a
 * put whose body is being sent settles when the last of it was read, or none of it will be any more. To copy the rest
 * would take as much memory as the body has, and to leave it out would break the stream for all other calls.
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
  #resolve: (result: T) => void = nobody;
  #reject: (error: unknown) => void = nobody;
  #settled = false;
  /** The body is being read, to be sent. */
  #reading = false;
  /** Tells the caller, once the body isn't read any more. */
  #settle: (() => void) | undefined;
  whenSettled: (() => void) | undefined;

  /**
   * @param read what the caller gets for the answer, and the body that was put; the promise rejects with what it throws.
   *   To call it here saves each caller a promise, and a turn that waits for it
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

function nobody(): void {}
