import { CacheProgError } from "../errors.ts";
import type { ResultCache } from "./result/results.ts";

/** Errors after which a connection is of no use. */
const over: ReadonlySet<string> = new Set(["EXITED", "PROTOCOL_ERROR", "CLOSED", "TIMEOUT"]);

/** A cache that is open, such as a CacheProg. */
export interface OpenCache extends ResultCache {
  /** Waits for its work to end. */
  close(): Promise<void>;
}

/**
 * A cache that is opened when it's first needed, once. If it can't be opened or its connection ends, every later call
 * rejects with that error at once: a broken cache costs at most one timeout.
 */
export class LazyCache {
  readonly #open: () => Promise<OpenCache>;
  #cache: Promise<OpenCache> | undefined;
  #failure: unknown;

  constructor(open: () => Promise<OpenCache>) {
    this.#open = open;
  }

  /** The cache. @throws (rejects) as `open`, or the error that ended the connection */
  readonly get = async (): Promise<ResultCache> => {
    if (this.#failure !== undefined) throw this.#failure;
    this.#cache ??= this.#open();
    const cache = await this.#cache;
    return {
      get: (...call) => this.#watch(cache.get(...call)),
      getFile: (...call) => this.#watch(cache.getFile(...call)),
      put: (...call) => this.#watch(cache.put(...call)),
    };
  };

  /** Waits for the program to finish its work. @throws (rejects) as close of the cache */
  async close(): Promise<void> {
    const cache = await this.#cache?.catch(() => undefined);
    await cache?.close();
  }

  async #watch<T>(call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      if (error instanceof CacheProgError && over.has(error.code)) this.#failure ??= error;
      throw error;
    }
  }
}
