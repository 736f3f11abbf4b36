import { stat } from "node:fs/promises";
import { CacheProgError } from "../errors.ts";
import { onAbort } from "../on-abort.ts";
import { unless } from "../wait.ts";
import { type Body, checkBody, openBody, repeatable } from "./body/body.ts";
import { type PendingCall, sameBytes } from "./body/body-source.ts";
import { SpooledFile } from "./body/spool.ts";
import { type ActionID, copyID, type Entry, type PutResult } from "./entry.ts";
import type { CallOptions } from "./options.ts";
import { Production } from "./production.ts";
import { readWhole } from "./whole-file.ts";

/*
 * getFile, getBytes and getOrPut, built on get and put. A hit only names a path, so getFile and getBytes check the file,
 * as the go command does before it uses an entry.
 */

/** The two calls everything here is built on. */
export interface Cache {
  get(action: ActionID, options?: CallOptions): Promise<Entry | null>;
  put(action: ActionID, body: Body | SpooledFile, options?: CallOptions): Promise<PutResult>;
}

/** Returns a hit if its file is regular and as long as the entry says. Source: cmd/go/internal/cache, GetFile. */
export async function getFile(cache: Cache, action: ActionID, options?: CallOptions): Promise<Entry | null> {
  const entry = await cache.get(action, options);
  if (entry === null) return null;
  const stats = await stat(entry.diskPath).catch(() => undefined);
  return stats?.isFile() && stats.size === entry.size ? entry : null;
}

/**
 * Returns a hit and its bytes if their SHA-256 is the OutputID. Source: cmd/go/internal/cache, GetBytes, which doesn't
 * check the size either.
 */
export async function getBytes(
  cache: Cache,
  action: ActionID,
  options?: CallOptions,
): Promise<{ entry: Entry; bytes: Uint8Array } | null> {
  const entry = await cache.get(action, options);
  if (entry === null) return null;
  const contents = await readWhole(entry.diskPath, options?.signal);
  return contents && sameBytes(contents.digest, entry.outputID) ? { entry, bytes: contents.bytes } : null;
}

/** Errors of a get that count as a miss: the program may still take a put. */
const missCodes: ReadonlySet<string> = new Set(["SERVER_ERROR", "BAD_RESPONSE", "UNSUPPORTED_COMMAND"]);

/** One getOrPut in progress, and how many callers wait for it. */
interface Flight {
  readonly entry: Promise<Entry>;
  readonly production: Production;
  readonly abort: AbortController;
  waiters: number;
}

/** Implements getOrPut: at most one call of `produce` per action at a time. */
export class Producer {
  readonly #cache: Cache;
  readonly #flights = new Map<string, Flight>();

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  async getOrPut(
    action: ActionID,
    produce: () => Body | Promise<Body>,
    signal: AbortSignal | undefined,
  ): Promise<Entry> {
    const aborted = () => new CacheProgError("ABORTED", "getOrPut was aborted", { cause: signal?.reason });
    if (signal?.aborted) throw aborted();
    const flight = this.#join(action, produce);
    let waited: (() => void) | undefined;
    try {
      waited = Production.current?.waitFor(flight.production);
      const entry = await unless(flight.entry, (fail) => signal && onAbort(signal, () => fail(aborted())));
      return { ...entry, outputID: copyID(entry.outputID) }; // the callers share `entry`
    } finally {
      waited?.();
      // The work goes on until the last caller has left.
      if (--flight.waiters === 0) flight.abort.abort(signal?.reason);
    }
  }

  #join(action: ActionID, produce: () => Body | Promise<Body>): Flight {
    const key = action.toBase64();
    const before = this.#flights.get(key);
    if (before !== undefined && !before.abort.signal.aborted) {
      before.waiters++;
      return before;
    }
    const abort = new AbortController();
    // Every caller of the earlier flight has left, but its `produce` may still be running.
    const landed = before?.entry.catch(() => {});
    const production = new Production(copyID(action));
    if (before !== undefined) void landed?.then(production.waitFor(before.production));
    const entry = this.#entry(production, produce, abort.signal, landed).finally(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    entry.catch(() => {}); // each caller gets the error; there may be none left
    const flight: Flight = { entry, production, abort, waiters: 1 };
    this.#flights.set(key, flight);
    return flight;
  }

  async #entry(
    production: Production,
    produce: () => Body | Promise<Body>,
    signal: AbortSignal,
    landed: Promise<unknown> | undefined,
  ): Promise<Entry> {
    await landed;
    const { action } = production;
    const hit = await getFile(this.#cache, action, { signal }).catch((error) => {
      if (error instanceof CacheProgError && missCodes.has(error.code)) return null;
      throw error;
    });
    if (hit !== null) return hit;
    signal.throwIfAborted();
    return this.#put(action, await production.run(produce), signal);
  }

  async #put(action: ActionID, made: Body, signal: AbortSignal): Promise<Entry> {
    checkBody(made);
    const time = Temporal.Now.instant();
    const call: PendingCall = { settled: signal.aborted, whenSettled: undefined };
    const unlisten = onAbort(signal, () => {
      Object.assign(call, { settled: true });
      call.whenSettled?.(signal.reason);
    });
    const body = await repeatable(made, call).finally(unlisten);
    try {
      return { ...(await this.#cache.put(action, body, { signal })), time };
    } catch (error) {
      if (!(error instanceof CacheProgError) || error.code !== "UNSUPPORTED_COMMAND") throw error;
      // A program without put stores nothing, but the body is still good. Source: prog.go, Put.
      const source = await openBody(body);
      source.close();
      return { outputID: source.outputID, size: source.size, time, diskPath: "" };
    } finally {
      if (body instanceof SpooledFile) await body.close();
    }
  }
}
