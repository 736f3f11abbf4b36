import { CacheProgError } from "../../errors.ts";
import { type Body, checkBody, type RepeatableBody, repeatable } from "../body/body.ts";
import { changed } from "../body/body-source.ts";
import { SpooledFile } from "../body/spool.ts";
import type { Cache } from "../cache.ts";
import type { ActionID, Produced } from "../entry.ts";
import { type Accept, isSound } from "./entry-file.ts";
import { KeptBodies } from "./kept-bodies.ts";
import { KeepError } from "./kept-folder.ts";
import { PendingSignal } from "./pending-signal.ts";

/** What a body is stored for. */
export interface Target {
  readonly action: ActionID;
  /** Decides whether the file of a put may be used. */
  readonly accept: Accept;
  readonly signal: AbortSignal;
}

/** Errors of a put that may be due to its body. */
const bodyCodes: ReadonlySet<string> = new Set(["BODY_UNREADABLE", "BODY_CHANGED"]);

/** Stores what was produced: in the cache, or else in a temporary folder, so that it's never lost. */
export class Storage {
  readonly #cache: Cache;
  readonly #kept = new KeptBodies();

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /**
   * Puts a body, or keeps it if that fails.
   *
   * @throws (rejects) {ArgumentError} if it isn't a body
   * @throws (rejects) {CacheProgError} `ABORTED`; `BODY_UNREADABLE` and `BODY_CHANGED`; `STORE_FAILED` if it can't be
   *   kept either
   */
  async store(made: Body, target: Target): Promise<Produced> {
    checkBody(made);
    const time = Temporal.Now.instant();
    const body = await this.#repeatable(made, target);
    try {
      target.signal.throwIfAborted(); // before put, which looks first whether the connection is open
      const before = await signatureOf(body);
      const put = await this.#put(body, time, target);
      if (!(put instanceof CacheProgError)) return put;
      if (before !== (await signatureOf(body))) throw bodyCodes.has(put.code) ? put : changed(nameOf(body));
      return await this.#keep(body, time, target, put);
    } finally {
      if (body instanceof SpooledFile) await body.close();
    }
  }

  /** Reads a stream to its end: it could be put only once. */
  async #repeatable(body: Body | SpooledFile, { signal }: Target): Promise<RepeatableBody> {
    using call = new PendingSignal(signal);
    return body instanceof SpooledFile ? body : await repeatable(body, call);
  }

  /** Puts the body once more that was kept for the action. Returns undefined if there is none. */
  async again(target: Target): Promise<Produced | undefined> {
    const kept = this.#kept.find(target.action);
    if (kept === undefined || !(await isUsable(kept, target))) return undefined;
    const put = await this.#put(Bun.file(kept.diskPath), kept.time, target);
    return put instanceof CacheProgError ? kept : put;
  }

  /** Stores what another connection has produced. Returns undefined if its file isn't sound, or disappears. */
  async copy(entry: Produced, target: Target): Promise<Produced | undefined> {
    if (!(await isUsable(entry, target))) return undefined;
    try {
      return await this.store(Bun.file(entry.diskPath), target);
    } catch (error) {
      if (error instanceof CacheProgError && bodyCodes.has(error.code)) return undefined;
      throw error;
    }
  }

  /** See {@link KeptBodies.close}. */
  close(): () => Promise<void> {
    return this.#kept.close();
  }

  /** Puts a body. Returns the error if it isn't stored, or nowhere that we can read it. */
  async #put(
    body: RepeatableBody,
    time: Temporal.Instant,
    target: Target,
  ): Promise<Produced | CacheProgError> {
    const { action, accept, signal } = target;
    try {
      const entry: Produced = {
        ...(await this.#cache.put(action, body, { signal })),
        time,
        hit: false,
        stored: true,
      };
      if (await accept(entry, signal)) return entry;
      signal.throwIfAborted();
      return new CacheProgError(
        "BAD_RESPONSE",
        `the put's DiskPath ${entry.diskPath} isn't a file with the body`,
      );
    } catch (error) {
      if (!(error instanceof CacheProgError) || error.code === "ABORTED") throw error;
      signal.throwIfAborted();
      return error;
    }
  }

  async #keep(
    body: RepeatableBody,
    time: Temporal.Instant,
    target: Target,
    put: CacheProgError,
  ): Promise<Produced> {
    const { action, accept, signal } = target;
    try {
      const kept = await this.#kept.keep(action, body, time, signal);
      // What a caller reads from the file, accept reads.
      if (await accept(kept, signal)) return kept;
      throw new KeepError(`${kept.diskPath} isn't the file that was written`);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof KeepError)) throw error;
      throw new CacheProgError(
        "STORE_FAILED",
        `what produce returned for action ${action.toHex()} is lost: the cache didn't store it (${put.message}), and it can't be kept in a temporary file (${error.message})`,
        { cause: new AggregateError([put, error]) },
      );
    }
  }
}

/** Whether a file that we or another connection made may be put as the body of the action. */
async function isUsable(entry: Produced, { accept, signal }: Target): Promise<boolean> {
  const isOurs = (await isSound(entry, signal)) && (accept === isSound || (await accept(entry, signal)));
  signal.throwIfAborted();
  return isOurs;
}

/**
 * Differs if a body has changed: that of an array if it was transferred or shrunk, that of a file if it was written or
 * replaced. Undefined for a file that doesn't exist.
 */
async function signatureOf(body: RepeatableBody): Promise<string | undefined> {
  if (typeof body === "string" || body instanceof SpooledFile) return undefined;
  if (!(body instanceof Blob)) return String(body.byteLength);
  // In Bun 1.4.5 every Blob has stat, though its types declare it for files only. It resolves to undefined in memory.
  if (!("stat" in body) || typeof body.stat !== "function") return undefined;
  try {
    const { dev, ino, size, mtimeMs } = await body.stat();
    return [dev, ino, size, mtimeMs].join(" ");
  } catch {
    return undefined; // put reports it
  }
}

function nameOf(body: RepeatableBody): string {
  return body instanceof Blob && "name" in body && typeof body.name === "string" ? body.name : "(in memory)";
}
