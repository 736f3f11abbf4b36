import type { CacheProg } from "../../client/client.ts";
import { ArgumentError, CacheProgError } from "../../errors.ts";
import { hasCode } from "../../trouble.ts";
import { fromFolder, type Material, made } from "./material.ts";
import { AsRecorded, AtRecordedPace, InFlight, type Order } from "./order.ts";
import { type Call, loadPlan, type PlannedBody, type PlannedCall, type ReplayPlan } from "./plan.ts";
import { play } from "./play.ts";
import { type CallResult, type ReplayReport, reportOf } from "./report.ts";

/** What the requests are made of. */
export interface ReplayOptions {
  /** Ids and bodies are made from this text. Default: random, so that no program has seen them before. */
  readonly seed?: string;
  /** A folder of bodies, each in a file named by its SHA-256 in hex, as `cacheprogw record --bodies` writes it. */
  readonly bodies?: string;
}

/** What {@link Replay.prepare} has put. */
export interface Prepared {
  /** How many were put. */
  readonly entries: number;
  /** Of their bodies. */
  readonly bytes: number;
}

/** When requests are sent. */
export interface ReplayRun {
  /** Keep this many requests in flight, instead of as many as the recording had. */
  readonly inFlight?: number;
  /** `recorded`: give go the time between a response and the next request that it took in the recording. */
  readonly pace?: "recorded";
  /** Ends the replay when it fires. */
  readonly signal?: AbortSignal;
  /** Called after each response. @param part the share that is done, from 0 to 1 */
  readonly onProgress?: (part: number) => void;
}

/*
 * The folder: plan.ts reads from a trace what it asked, order.ts decides when each request is sent, and play.ts sends them.
 * keys.ts and bodies.ts make ids and bodies from a seed, and material.ts also takes them from a folder. report.ts compares
 * what came of it with the recording.
 */

/** How many puts prepare() has in flight. */
const preparing = 16;

/**
 * The requests of a trace, to be sent to any cache program.
 *
 * Action ids are made, too, unless the action's bodies come from a folder: otherwise a go command could find a body that
 * was made.
 */
export class Replay {
  /** What is replayed. */
  readonly plan: ReplayPlan;
  readonly #material: Material;
  /** The SHA-256 of each body that was made and put, in hex. */
  readonly #outputs = new Map<number, string>();
  /** The actions that prepare() has put. */
  #isPrepared = false;

  /**
   * Reads a trace.
   *
   * @param source a path, or anything with bytes, such as a `Bun.file()`
   * @throws (rejects) {CacheProgError} `BAD_TRACE`: it can't be read, isn't a trace, or has neither get nor put;
   *   `BODY_UNREADABLE` for a folder without any of the bodies, `BODY_CHANGED` for a file in it that isn't what its name
   *   says
   */
  static async load(source: string | Blob, options: ReplayOptions = {}): Promise<Replay> {
    const plan = await loadPlan(source);
    const { seed = crypto.randomUUID(), bodies } = options;
    if (bodies === undefined) return new Replay(plan, made(seed, plan));
    return new Replay(plan, await fromFolder(bodies, plan, (rest) => made(seed, { bodies: rest })));
  }

  private constructor(plan: ReplayPlan, material: Material) {
    this.plan = plan;
    this.#material = material;
  }

  /**
   * Puts what was there before the recording: the entries that hit without being put. Without it, they are misses. go
   * starts the program anew for each command, so close it and start it again before run().
   *
   * @throws (rejects) what the client throws; the reason of the signal
   */
  async prepare(
    cache: CacheProg,
    { signal, onProgress }: Pick<ReplayRun, "signal" | "onProgress"> = {},
  ): Promise<Prepared> {
    const { prepared } = this.plan;
    this.#isPrepared = true;
    let done = 0;
    await play(
      prepared.length,
      new InFlight(preparing, prepared),
      async (number) => {
        const call = prepared[number];
        if (call === undefined) throw new Error(`bug in replay: there is no entry ${number}`);
        const what = `entry ${number + 1} of the ${prepared.length} that were there before`;
        await this.#put(cache, call).catch((error: unknown) => Promise.reject(placed(error, what)));
        onProgress?.(++done / prepared.length);
      },
      signal,
    );
    return { entries: prepared.length, bytes: prepared.reduce((sum, { body }) => sum + body.size, 0) };
  }

  /**
   * Sends the gets and puts, and compares what comes back with the recording. A request that the program refuses is
   * counted; so is one whose command it doesn't declare, which isn't sent.
   *
   * @throws (rejects) {ArgumentError} for options that are out of range or exclude each other
   * @throws (rejects) {CacheProgError} if the connection fails, or a response doesn't come in time; the reason of the
   *   signal
   */
  async run(cache: CacheProg, options: ReplayRun = {}): Promise<ReplayReport> {
    const { calls } = this.plan;
    const order = this.#order(options);
    const results: CallResult[] = new Array(calls.length);
    const started = performance.now();
    let done = 0;
    const send = async (number: number) => {
      const call = calls[number];
      if (call === undefined) throw new Error(`bug in replay: there is no call ${number}`);
      const sent = performance.now();
      const outcome = await this.#send(cache, call, number);
      const answered = performance.now();
      results[number] = { ...outcome, sent: sent - started, answered: answered - started };
      options.onProgress?.(++done / calls.length);
    };
    await play(calls.length, order, send, options.signal);
    return reportOf(this.plan, results);
  }

  #order({ inFlight, pace }: ReplayRun): Order {
    const { calls, recording } = this.plan;
    if (inFlight === undefined)
      return pace === undefined ? new AsRecorded(recording) : new AtRecordedPace(recording);
    if (pace !== undefined)
      throw new ArgumentError("inFlight and pace exclude each other: a pace has the recorded concurrency");
    if (!Number.isSafeInteger(inFlight) || inFlight < 1)
      throw new ArgumentError(`inFlight is ${inFlight}; expected a positive integer`);
    return new InFlight(inFlight, calls);
  }

  async #send(cache: CacheProg, call: PlannedCall, number: number): Promise<Result> {
    const command = call.body === undefined ? "get" : "put";
    const finds = call.isPrepared && !this.#isPrepared ? undefined : call.finds;
    if (!cache.commands.has(command)) return { outcome: "unsent" };
    try {
      if (call.body !== undefined) {
        await this.#put(cache, { ...call, body: call.body });
        return { outcome: "stored" };
      }
      const entry = await cache.get(this.#material.action(call.action));
      if (entry === null) return { outcome: "miss", ...(finds && { problem: "missed" }) };
      const isWrong = finds !== undefined && this.#isOther(finds, entry.outputID.toHex(), entry.size);
      return { outcome: "hit", ...(isWrong && { problem: "wrong" }) };
    } catch (error) {
      if (error instanceof CacheProgError && hasCode(error, "SERVER_ERROR", "BAD_RESPONSE"))
        return { outcome: "error", error: error.message };
      throw placed(error, `request ${number + 1} of ${this.plan.calls.length} of the replay`);
    }
  }

  async #put(cache: CacheProg, { action, body }: Required<Call>): Promise<void> {
    const { outputID } = await cache.put(this.#material.action(action), this.#material.body(body));
    if (this.#material.sha256(body) === undefined) this.#outputs.set(body.index, outputID.toHex());
  }

  /** Whether a hit isn't this body. */
  #isOther(body: PlannedBody, output: string, size: number): boolean {
    const expected = this.#material.sha256(body) ?? this.#outputs.get(body.index);
    return size !== body.size || (expected !== undefined && output !== expected);
  }
}

/** An error of the client that says what it came with. */
function placed(error: unknown, what: string): unknown {
  if (!(error instanceof CacheProgError)) return error;
  return new CacheProgError(error.code, `${what}: ${error.message}`, { cause: error });
}

type Result = Omit<CallResult, "sent" | "answered">;
