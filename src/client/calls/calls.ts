import { CacheProgError } from "../../errors.ts";
import { onAbort } from "../../on-abort.ts";
import { asError } from "../../trouble.ts";
import { requestFields, withID } from "../../wire/encode.ts";
import type { Command, Response } from "../../wire/messages.ts";
import { type Body, openBody } from "../body/body.ts";
import type { BodySource } from "../body/body-source.ts";
import { type ActionID, copyID } from "../entry.ts";
import type { Program } from "../process/spawn.ts";
import { type AnyCall, Call, type CallHost } from "./call.ts";
import { InFlight } from "./in-flight.ts";
import { Outbox } from "./outbox.ts";
import { Semaphore } from "./semaphore.ts";

/** How many bodies may be open at once, including those still queued. */
const openBodies = 16;
/** With this many requests in flight, the program stays busy while we open a few small bodies. */
const fewInFlight = 3;

export interface CallsOptions {
  /** In ms; see StartOptions. */
  readonly responseTimeout: number;
  readonly legacyObjectID: boolean;
  /** Called if the program hasn't taken all of a write within responseTimeout. */
  readonly onStall: () => void;
  /** Called if a write failed or a body couldn't be completed. */
  readonly onFailure: (error: unknown) => void;
}

/** The pending calls, from the queue to the response. They keep the caller's process alive. */
export class Calls implements CallHost {
  readonly #program: Program;
  readonly #options: CallsOptions;
  readonly #inFlight: InFlight<AnyCall>;
  readonly #outbox: Outbox<AnyCall>;
  readonly #slots = new Semaphore(openBodies);
  /** Calls whose bodies aren't open yet. All others are queued or in flight. */
  readonly #opening = new Set<AnyCall>();
  /** How many calls haven't settled. */
  #unsettled = 0;
  #drained: (() => void) | undefined;

  constructor(program: Program, options: CallsOptions) {
    this.#program = program;
    this.#options = options;
    this.#inFlight = new InFlight(options.responseTimeout);
    this.#outbox = new Outbox(program, { ...options, stallTimeout: options.responseTimeout });
  }

  /** Creates a call without sending it. @throws {CacheProgError} `ABORTED` if the signal has already fired */
  add<T>(
    command: Command,
    read: (response: Response, body: BodySource | undefined) => T,
    signal?: AbortSignal,
  ): Call<T> {
    if (signal?.aborted) throw this.#aborted(command, signal);
    const call = new Call(this, command, read);
    this.#unsettled++;
    this.#program.ref();
    if (signal !== undefined) this.#listen(call, signal);
    return call;
  }

  /** Queues a call without a body. */
  send(call: AnyCall, actionID?: ActionID): void {
    call.fields = requestFields({ command: call.command, actionID });
    this.#outbox.add(call);
  }

  /**
   * Hashes the body when a slot is free, then queues the call. Synchronous where possible: for a small body, a promise
   * takes longer than hashing. A body that can't be sent fails the call.
   */
  sendWith(call: AnyCall, actionID: ActionID, body: Body): void {
    const slot = this.#slots.acquire();
    const source =
      slot === undefined ? openBody(body, this.#slots.taken > 1, call) : this.#openLater(call, body, slot);
    // Copy the id: the caller may write its next key into the same array before this call is sent.
    if (source instanceof Promise) void this.#sendLater(call, copyID(actionID), source);
    else this.#sendSource(call, actionID, source);
  }

  /** Opens a body once a slot is free. Returns undefined if the call has settled by then. */
  async #openLater(call: AnyCall, body: Body, slot: Promise<void>): Promise<BodySource | undefined> {
    await slot;
    return call.settled ? undefined : openBody(body, true, call);
  }

  async #sendLater(
    call: AnyCall,
    actionID: ActionID,
    opening: Promise<BodySource | undefined>,
  ): Promise<void> {
    this.#opening.add(call);
    try {
      const source = await opening;
      if (source === undefined) this.#slots.release();
      else this.#sendSource(call, actionID, source);
    } catch (error) {
      this.#slots.release();
      call.fail(asError(error));
    } finally {
      this.#opening.delete(call);
    }
  }

  #sendSource(call: AnyCall, actionID: ActionID, source: BodySource): void {
    const { outputID, size } = source;
    const objectID = this.#options.legacyObjectID ? outputID : undefined;
    const close = () => {
      const closing = source.close();
      // Keep the slot until the file is closed: bodiesClosed() waits for that too.
      if (closing instanceof Promise) void closing.then(() => this.#slots.release());
      else this.#slots.release();
    };
    call.body = { ...source, close };
    call.fields = requestFields({ command: "put", actionID, outputID, bodySize: size, objectID });
    // With few requests in flight, send at once. Joining it with others would save a write but leave the program idle.
    this.#outbox.add(call, this.#inFlight.count < fewInFlight);
  }

  /** Passes a response to its call. Returns false if its id is unknown or already answered. */
  answer(response: Response): boolean {
    return this.#inFlight.answer(response);
  }

  /** Resolves when no call is pending and every request that was begun is fully written. */
  async drained(): Promise<void> {
    if (this.#unsettled > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    await this.#outbox.drained();
  }

  /** Resolves when no body is open, or still being hashed for a call that has settled. */
  async bodiesClosed(): Promise<void> {
    await this.#slots.idle();
  }

  /** Fails all calls and stops writing. Returns true if a caller sees the error; close's request doesn't count. */
  fail(error: Error): boolean {
    let told = false;
    for (const call of [...this.#inFlight.clear(), ...this.#outbox.close(), ...this.#opening]) {
      told ||= !call.settled && call.command !== "close";
      call.fail(error);
    }
    return told;
  }

  begin(call: AnyCall): string {
    call.id = this.#inFlight.add(call);
    return withID(call.id, call.fields);
  }

  written(call: AnyCall, now: number): void {
    // close has no responseTimeout: the program may have work to finish. closeTimeout covers it.
    if (call.command !== "close") this.#inFlight.written(call, now);
  }

  expired({ command, id }: AnyCall): Error {
    return this.#program.error(
      "TIMEOUT",
      `did not answer ${command} (request ${id}) within ${this.#options.responseTimeout} ms`,
    );
  }

  settled(): void {
    this.#unsettled--;
    this.#program.unref();
    if (this.#unsettled === 0) this.#drained?.();
  }

  #listen(call: AnyCall, signal: AbortSignal): void {
    call.unlisten = onAbort(signal, () => call.fail(this.#aborted(call.command, signal)));
  }

  #aborted(command: Command, signal: AbortSignal): CacheProgError {
    return new CacheProgError(
      "ABORTED",
      `${command} to the cache program ${this.#program.name} was aborted`,
      {
        cause: signal.reason,
      },
    );
  }
}
