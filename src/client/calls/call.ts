import { withID } from "../../wire/encode.ts";
import type { Command, Response } from "../../wire/messages.ts";
import type { BodySource, PendingCall } from "../body/body-source.ts";
import type { InFlight, Waiter } from "./in-flight.ts";
import type { Outgoing } from "./outbox.ts";

/** Makes the result of a call from the response and the body of a put. What it throws, the call rejects with. */
export type Read<T> = (response: Response, body: BodySource | undefined) => T;

/** Called when a call's promise has settled. @param failure what it rejected with; undefined if it resolved */
export type OnSettled = (command: Command, failure: unknown) => void;

/** A call with any type of result. */
export interface AnyCall extends Outgoing, Waiter, PendingCall {
  readonly command: Command;
  /** The request's JSON after the id, from requestFields. Set before the call is queued. */
  fields: string;
  body: BodySource | undefined;
  /** Stops listening to the caller's signal, if there is one. */
  unlisten: (() => void) | undefined;
  fail(error: Error): void;
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
  since: number | undefined;
  settled = false;
  body: BodySource | undefined;
  unlisten: (() => void) | undefined;
  whenSettled: ((why?: unknown) => void) | undefined;
  readonly #inFlight: InFlight<AnyCall>;
  readonly #read: Read<T>;
  readonly #onSettled: OnSettled;
  #resolve: (result: T) => void = noop;
  #reject: (error: unknown) => void = noop;
  /** The body is being read and sent. */
  #reading = false;
  /** What the call settles with as soon as its body is read. */
  #outcome: Response | Error | undefined;

  constructor(command: Command, inFlight: InFlight<AnyCall>, read: Read<T>, onSettled: OnSettled) {
    this.command = command;
    this.#inFlight = inFlight;
    this.#read = read;
    this.#onSettled = onSettled;
    // Twice as fast as Promise.withResolvers (Bun 1.4.5).
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  begin(): string | undefined {
    if (this.settled) return undefined;
    this.#reading = this.body !== undefined && this.body.line === undefined;
    this.id = this.#inFlight.add(this);
    return withID(this.id, this.fields);
  }

  bodyRead(): void {
    this.#reading = false;
    if (this.#outcome !== undefined) this.#finish(this.#outcome);
  }

  written(now: number): void {
    // close has no responseTimeout: the program may have work to finish. closeTimeout covers it.
    if (this.command !== "close") this.#inFlight.written(this, now);
  }

  answer(response: Response): void {
    this.#settle(response);
  }

  fail(error: Error): void {
    this.#settle(error);
  }

  #settle(outcome: Response | Error): void {
    if (this.settled) return;
    this.settled = true;
    this.unlisten?.();
    this.whenSettled?.(outcome);
    if (this.#reading) this.#outcome = outcome;
    else this.#finish(outcome);
  }

  #finish(outcome: Response | Error): void {
    this.#outcome = undefined;
    let failure: unknown;
    try {
      if (outcome instanceof Error) failure = outcome;
      else this.#resolve(this.#read(outcome, this.body));
    } catch (error) {
      failure = error;
    }
    if (failure !== undefined) this.#reject(failure);
    this.#onSettled(this.command, failure);
  }
}

function noop(): void {}
