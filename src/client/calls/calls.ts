import { CacheProgError } from "../../errors.ts";
import { onAbort } from "../../on-abort.ts";
import { asError } from "../../trouble.ts";
import { requestFields } from "../../wire/encode.ts";
import type { Command, Response } from "../../wire/messages.ts";
import { type Body, openBody, type RepeatableBody } from "../body/body.ts";
import type { BodySource } from "../body/body-source.ts";
import { BodyStream, isStreamed } from "../body/body-stream.ts";
import { SpooledFile, spool } from "../body/spool.ts";
import { type ActionID, copyID } from "../entry.ts";
import type { Program } from "../process/spawn.ts";
import { type AnyCall, Call, type OnSettled, type Read } from "./call.ts";
import { InFlight } from "./in-flight.ts";
import { Outbox } from "./outbox.ts";
import { Semaphore } from "./semaphore.ts";

/** How many bodies may be open at once, including those still queued. */
const openBodies = 16;
/** How many streams may be read at once. They aren't among the open bodies: a slow stream must not hold up other puts. */
const openStreams = 16;
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
  /** Called for each get and put that rejects. */
  readonly onFailedCall: (error: unknown) => void;
}

/** The pending calls, from the queue to the response. They keep the caller's process alive. */
export class Calls {
  readonly #program: Program;
  readonly #options: CallsOptions;
  readonly #inFlight: InFlight<AnyCall>;
  readonly #outbox: Outbox<AnyCall>;
  readonly #slots = new Semaphore(openBodies);
  readonly #streams = new Semaphore(openStreams);
  /** Calls whose bodies aren't open yet. All others are queued or in flight. */
  readonly #opening = new Set<AnyCall>();
  /** How many calls haven't settled. */
  #unsettled = 0;
  #drained: (() => void) | undefined;

  constructor(program: Program, options: CallsOptions) {
    this.#program = program;
    this.#options = options;
    this.#inFlight = new InFlight(options.responseTimeout, (call) => this.#timedOut(call));
    this.#outbox = new Outbox(program, { ...options, stallTimeout: options.responseTimeout });
  }

  /** Sends a get. @throws {CacheProgError} `ABORTED` if the signal has already fired */
  get<T>(actionID: ActionID, signal: AbortSignal | undefined, read: Read<T>): Promise<T> {
    const call = this.#add("get", read, signal);
    // Callers that come one at a time wait for nothing; those that come together share a write.
    const atOnce = this.#inFlight.count === 0 && this.#outbox.lastCount <= 1;
    this.#send(call, requestFields({ command: "get", actionID }), atOnce);
    return call.promise;
  }

  /** Sends close. */
  close<T>(read: Read<T>): Promise<T> {
    const call = this.#add("close", read);
    this.#send(call, requestFields({ command: "close" }), true);
    return call.promise;
  }

  /**
   * Hashes the body when a slot is free, then sends the put. Synchronous where possible: for a small body, a promise takes
   * longer than hashing. A body that can't be sent fails the call.
   *
   * @throws {CacheProgError} `ABORTED` if the signal has already fired
   */
  put<T>(
    actionID: ActionID,
    body: Body | RepeatableBody,
    signal: AbortSignal | undefined,
    read: Read<T>,
  ): Promise<T> {
    const call = this.#add("put", read, signal);
    if (isStreamed(body)) {
      void this.#sendStream(call, copyID(actionID), new BodyStream(body));
      return call.promise;
    }
    const slot = this.#slots.acquire();
    const source =
      slot === undefined ? openBody(body, this.#slots.taken > 1, call) : this.#openLater(call, body, slot);
    // Copy the id: the caller may write its next key into the same array before this call is sent.
    if (source instanceof Promise) void this.#sendLater(call, copyID(actionID), source);
    else this.#sendBody(call, actionID, source);
    return call.promise;
  }

  #add<T>(command: Command, read: Read<T>, signal?: AbortSignal): Call<T> {
    if (signal?.aborted) throw this.#aborted(command, signal);
    const call = new Call(command, this.#inFlight, read, this.#onSettled);
    if (this.#unsettled++ === 0) this.#program.ref();
    if (signal !== undefined)
      call.unlisten = onAbort(signal, () => call.fail(this.#aborted(command, signal)));
    return call;
  }

  /** @param atOnce whether to write it now: joining it with others would save a write, but leave the program idle */
  #send(call: AnyCall, fields: string, atOnce: boolean): void {
    call.fields = fields;
    this.#outbox.add(call, atOnce);
  }

  /** Opens a body once a slot is free. Returns undefined if the call has settled by then. */
  async #openLater(
    call: AnyCall,
    body: RepeatableBody,
    slot: Promise<void>,
  ): Promise<BodySource | undefined> {
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
      else this.#sendBody(call, actionID, source);
    } catch (error) {
      this.#slots.release();
      call.fail(asError(error));
    } finally {
      this.#opening.delete(call);
    }
  }

  /** Reads a stream to its end, then waits for a slot as other bodies do. */
  async #sendStream(call: AnyCall, actionID: ActionID, stream: BodyStream): Promise<void> {
    this.#opening.add(call);
    call.whenSettled = (why) => stream.cancel(why);
    await this.#streams.acquire();
    try {
      const body = await spool(stream, call);
      await this.#slots.acquire();
      const source = await openBody(body, true, call);
      const close = () => (body instanceof SpooledFile ? body.close() : source.close());
      this.#sendBody(call, actionID, { ...source, close });
    } catch (error) {
      call.fail(asError(error));
    } finally {
      this.#streams.release();
      this.#opening.delete(call);
    }
  }

  #sendBody(call: AnyCall, actionID: ActionID, source: BodySource): void {
    const { outputID, size } = source;
    const objectID = this.#options.legacyObjectID ? outputID : undefined;
    const close = () => {
      const closing = source.close();
      // Keep the slot until the file is closed: bodiesClosed() waits for that too.
      if (closing instanceof Promise) void closing.then(() => this.#slots.release());
      else this.#slots.release();
    };
    call.body = { ...source, close };
    const fields = requestFields({ command: "put", actionID, outputID, bodySize: size, objectID });
    this.#send(call, fields, this.#inFlight.count < fewInFlight);
  }

  /** Passes a response to its call; see {@link InFlight.answer}. */
  answer(response: Response, now: number): boolean {
    return this.#inFlight.answer(response, now);
  }

  /** See CacheStats.responseTime. */
  get responseTime(): number {
    return this.#inFlight.responseTime;
  }

  /** Resolves when no call is pending and every request that was begun is fully written. */
  async drained(): Promise<void> {
    if (this.#unsettled > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
    await this.#outbox.drained();
  }

  /** Resolves when no body is open, or still being hashed for a call that has settled. */
  async bodiesClosed(): Promise<void> {
    await this.#streams.idle();
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

  readonly #onSettled: OnSettled = (command, failure) => {
    if (failure !== undefined && command !== "close") this.#options.onFailedCall(failure);
    if (--this.#unsettled > 0) return;
    this.#program.unref();
    this.#drained?.();
  };

  #timedOut(call: AnyCall): void {
    const what = `did not answer ${call.command} (request ${call.id}) within ${this.#options.responseTimeout} ms`;
    call.fail(this.#program.error("TIMEOUT", what));
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
