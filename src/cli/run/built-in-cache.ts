import type { Entry, PutResult } from "../../client/entry.ts";
import { CacheProgError } from "../../errors.ts";
import type { Hit } from "../../server/handlers.ts";
import { DiskStore } from "../../server/store/disk-store.ts";
import { defaultLimits } from "../../server/store/trim/limits.ts";
import type { OpenCache } from "../../step/lazy-cache.ts";
import { reason } from "../../trouble.ts";
import { chooseStore } from "../files/store-directory.ts";
import { cleanLater } from "../process/clean-later.ts";

/**
 * The cache that `cacheprogw serve` is, in this process: the same store, with the same limits. A process of its own takes
 * 20 ms to start and end, which is most of a miss.
 */
export class BuiltInCache implements OpenCache {
  readonly #store: DiskStore;

  /** @throws {CacheProgError} `STORE_FAILED`: there is no directory for a store */
  constructor() {
    this.#store = attempt(() => DiskStore.open(chooseStore(new Map(), "GOCACHEPROG to be set")));
  }

  async get(actionID: Uint8Array): Promise<Entry | null> {
    const hit = attempt(() => this.#store.get({ id: 0, actionID }));
    return hit === null ? null : entryOf(hit);
  }

  /** The store has checked the file already. */
  getFile(actionID: Uint8Array): Promise<Entry | null> {
    return this.get(actionID);
  }

  async put(actionID: Uint8Array, body: Uint8Array): Promise<PutResult> {
    return attempt(() => {
      const entry = this.#store.putBytes(actionID, body);
      // It would be gone at the end.
      if (!entry.diskPath.startsWith(this.#store.directory)) throw new Error("its store can't be written");
      return entry;
    });
  }

  async close(): Promise<void> {
    attempt(() => this.#store.close());
    cleanLater(this.#store.directory, defaultLimits);
  }
}

function entryOf({ outputID, size, diskPath, time = Temporal.Now.instant() }: Hit): Entry {
  return { outputID, size, diskPath, time };
}

/** Whatever fails in a store is a failure of the cache, which doesn't stop a step. */
function attempt<T>(action: () => T): T {
  try {
    return action();
  } catch (cause) {
    if (cause instanceof CacheProgError) throw cause;
    throw new CacheProgError("STORE_FAILED", `the built-in cache: ${reason(cause)}`, { cause });
  }
}
