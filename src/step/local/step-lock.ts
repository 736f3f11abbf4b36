import type { Database } from "bun:sqlite";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { hasCode } from "../../trouble.ts";
import { throwIfAborted } from "../aborted.ts";

/** How often to ask for a lock that another run has, in ms. */
const interval = 50;

/**
 * Keeps two runs of one step from writing its outputs at the same time. It's a transaction on an empty SQLite database:
 * the system ends that with its process, however the process ends, so no lock is ever stale. Where the file can't be made
 * or locked, steps run without it.
 */
export class StepLock implements Disposable {
  readonly path: string;
  #database: Database | undefined;
  #isTaken = false;

  /** @param path of a file that has nothing else in it */
  constructor(path: string) {
    this.path = path;
  }

  /**
   * Takes the lock, unless it's taken already.
   *
   * @param onWait is called once if another run has it
   * @returns whether another run had it, which may have changed the outputs
   * @throws (rejects) {CacheProgError} `ABORTED`
   */
  async take(signal: AbortSignal, onWait: () => void): Promise<boolean> {
    if (this.#isTaken) return false;
    this.#isTaken = true;
    let hasWaited = false;
    for (;;) {
      throwIfAborted(signal);
      try {
        this.#database ??= open(this.path);
        this.#database.run("BEGIN EXCLUSIVE");
        return hasWaited;
      } catch (error) {
        if (!hasCode(error, "SQLITE_BUSY")) return hasWaited;
      }
      if (!hasWaited) onWait();
      hasWaited = true;
      await Bun.sleep(interval);
    }
  }

  [Symbol.dispose](): void {
    this.#database?.close();
  }
}

/** SQLite isn't loaded before it's needed: a hit whose outputs are in place takes no lock. */
function open(path: string): Database {
  const { Database: SQLite }: typeof import("bun:sqlite") = require("bun:sqlite");
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return new SQLite(path, { create: true });
}
