import { CacheProgError } from "../../errors.ts";
import { requestFields, withID } from "../../wire/encode.ts";
import type { Command, Response } from "../../wire/messages.ts";
import { type Body, openBody } from "../body/body.ts";
import type { BodySource } from "../body/body-source.ts";
import { type ActionID, copyID } from "../entry.ts";
import { onAbort } from "../on-abort.ts";
import type { Program } from "../process/spawn.ts";
import { type AnyCall, Call, type CallHost } from "./call.ts";
import { InFlight } from "./in-flight.ts";
import { Outbox } from "./outbox.ts";
import { Semaphore } from "./semaphore.ts";

/** How many bodies are open at once, those whose turn has not come with them. */
const openBodies = 16;
/** With so many requests in flight, a program has enough to do for as long as it takes us to open a few small bodies. */
const fewInFlight = 3;

export interface CallsOptions {
  /** See StartOptions, in ms. */
  readonly responseTimeout: number;
  readonly legacyObjectID: boolean;
  /** The program has left a write for responseTimeout without taking all of it. */
  readonly onStall: () => void;
  /** A write failed, or a body could not be completed. */
  readonly onFailure: (error: unknown) => void;
}

/** The calls under way, from the queue to the answer. While there is one, the caller's process is kept alive. */
export class Calls implements CallHost {
  readonly #program: Program;
  readonly #options: CallsOptions;
  readonly #inFlight: InFlight<AnyCall>;
  readonly #outbox: Outbox<AnyCall>;
  readonly #slots = new Semaphore(openBodies);
  /** Those whose bodies are not open yet. The others are in line or in flight. */
  readonly #opening = new Set<AnyCall>();
  /** How many are not settled. */
  #unsettled = 0;
  #drained: (() => void) | undefined;

  constructor(program: Program, options: CallsOptions) {
    this.#program = program;
    this.#options = options;
    this.#inFlight = new InFlight(options.responseTimeout);
    this.#outbox = new Outbox(program, { ...options, stallTimeout: options.responseTimeout });
  }

  /** A new call. It is not sent yet. @throws {CacheProgError} `ABORTED` for a signal that fired before */
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

  /** Puts a call without a body in line. */
  send(call: AnyCall, actionID?: ActionID): void {
    call.fields = requestFields({ command: call.command, actionID });
    this.#outbox.add(call);
  }

  /**
   * Hashes the body when a slot is free, and puts the call in line. What can be done at once is done at once: a
   * promise for each of many small bodies takes longer than to hash it. A body that can not be sent fails the call.
   */
  sendWith(call: AnyCall, actionID: ActionID, body: Body): void {
    const slot = this.#slots.acquire();
    const source =
      slot === undefined ? openBody(body, this.#slots.taken > 1, call) : this.#openLater(call, body, slot);
    // A copy: the caller may use its array for the next key while this one waits for its turn.
    if (source instanceof Promise) void this.#sendLater(call, copyID(actionID), source);
    else this.#sendSource(call, actionID, source);
  }

  /** Opens a body when there is a slot; undefined where nobody waits for it any more, which saves the work. */
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
      call.fail(error instanceof Error ? error : new Error(String(error)));
    } finally {
      this.#opening.delete(call);
    }
  }

  #sendSource(call: AnyCall, actionID: ActionID, source: BodySource): void {
    const { outputID, size } = source;
    const objectID = this.#options.legacyObjectID ? outputID : undefined;
    const close = () => {
      const closing = source.close();
      // Who waits until all bodies are closed waits for the system as well.
      if (closing instanceof Promise) void closing.then(() => this.#slots.release());
      else this.#slots.release();
    };
    call.body = { ...source, close };
    call.fields = requestFields({ command: "put", actionID, outputID, bodySize: size, objectID });
    // To join it with others would save a write, but the program would wait for us, and then we for it.
    this.#outbox.add(call, this.#inFlight.count < fewInFlight);
  }

  /** Hands an answer to its call. False where nobody asked, or it was answered before. */
  answer(response: Response): boolean {
    return this.#inFlight.answer(response);
  }

  /** Resolves when no call is under way, and all that was begun is written whole. */
  async drained(): Promise<void> {
    if (this.#unsettled > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    await this.#outbox.drained();
  }

  /** Resolves when no body is open any more, nor being hashed for a caller who went away. */
  async bodiesClosed(): Promise<void> {
    await this.#slots.idle();
  }

  /** Fails all calls, and writes nothing more. True where a caller was told; close is nobody's call. */
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
    // close has no time of its own to be answered in: the program may have work to finish.
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
