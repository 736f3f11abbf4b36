import { lstatSync, unlinkSync } from "node:fs";
import { unlink } from "node:fs/promises";
import { hasCode } from "../../../trouble.ts";
import { blocksOf, blockUnit, unreadable } from "./count-place.ts";
import { EntryReader } from "./entry-reader.ts";
import { type Amount, type Inventory, isInUse, plausible } from "./inventory.ts";
import { type Limits, secondsNow } from "./limits.ts";
import { highOf, isBody, isEntry, listPlace, type Place, placeCount, wordOf } from "./places.ts";
import { type Scan, type ScanOptions, scan, turn } from "./scan.ts";
import { TrimLock } from "./trim-lock.ts";
import { noteTrim } from "./trim-schedule.ts";

/**
 * How many files are removed at the same time. The file system may wait for the disk with each, as ext4 does if it's
 * mounted with discard, and nothing else waits then.
 */
const atOnce = 8;

/** What to remove: what is above the limits, or all. */
export type TrimTarget = Limits | "all";

/** What a trim has done. */
export interface TrimResult {
  readonly removed: Amount;
  readonly kept: Amount;
  /** The first reason why something that should go couldn't be removed. */
  readonly problem: unknown;
}

/**
 * Removes the entries that weren't used lately, least recently used first, until a store is within its limits, and
 * then the bodies that no entry needs. What running builds may depend on stays, unless the target is `all`.
 *
 * Kill it at any point: an entry goes before its body, so what is left is a store, and the next trim goes on.
 *
 * @param directory the absolute path; a store
 * @returns undefined if another process trims the store now
 * @throws the signal's reason; what the file system says if the store can't be written
 */
export async function trim(
  directory: string,
  target: TrimTarget,
  options: ScanOptions = {},
): Promise<TrimResult | undefined> {
  using lock = TrimLock.take(directory);
  if (lock === undefined) return undefined;
  const scanned = await scan(directory, partOf(options, 0));
  return await new Trimmer(directory, target, options, lock, scanned).run();
}

/** The use before which entries go, in seconds since 1970. */
export function cutoffOf(inventory: Inventory, target: TrimTarget): number {
  return target === "all" ? Number.POSITIVE_INFINITY : inventory.cutoff(target);
}

/** One of the three rounds over the store: count, entries, bodies. */
function partOf({ onProgress, ...options }: ScanOptions, index: number): ScanOptions {
  return { ...options, onProgress: (part) => onProgress?.((index + part) / 3) };
}

/**
 * Calls `look` with each name, several at the same time. It returns when all are done, even after one has failed: what
 * is removed after the lock has left the place could be in use again.
 *
 * @throws (rejects) the first error of `look`
 */
async function together(
  names: readonly string[],
  look: (name: string, reader: EntryReader) => Promise<void>,
): Promise<void> {
  const rest = names.values();
  const some = async () => {
    using reader = new EntryReader();
    for (const name of rest) await look(name, reader);
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(atOnce, names.length) }, some));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

class Trimmer {
  readonly #directory: string;
  readonly #target: TrimTarget;
  readonly #options: ScanOptions;
  readonly #lock: TrimLock;
  readonly #inventory: Inventory;
  readonly #cutoff: number;
  #problem: unknown;
  /** Whether there may be entries that weren't read. */
  #isIncomplete: boolean;
  #entries = 0;
  #bodies = 0;
  #diskBytes = 0;

  constructor(directory: string, target: TrimTarget, options: ScanOptions, lock: TrimLock, scanned: Scan) {
    this.#directory = directory;
    this.#target = target;
    this.#options = options;
    this.#lock = lock;
    this.#inventory = scanned.inventory;
    this.#cutoff = cutoffOf(scanned.inventory, target);
    this.#problem = scanned.problem;
    this.#isIncomplete = scanned.problem !== undefined;
  }

  async run(): Promise<TrimResult> {
    const before = this.#inventory.total;
    const { entries, bodies } = this.#inventory.between(0, this.#cutoff);
    if (entries > 0 || this.#inventory.hasDamaged)
      await this.#sweep(1, this.#oldEntries, (path, reader) => this.#removeOldEntry(path, reader));
    if (bodies > 0 && !this.#isIncomplete)
      await this.#sweep(2, this.#oldBodies, (path) => this.#removeOldBody(path));
    const removed = { entries: this.#entries, bodies: this.#bodies, diskBytes: this.#diskBytes };
    const kept = {
      entries: before.entries - removed.entries,
      bodies: before.bodies - removed.bodies,
      diskBytes: before.diskBytes - removed.diskBytes,
    };
    noteTrim(this.#directory, kept.diskBytes);
    return { removed, kept, problem: this.#problem };
  }

  /** Calls `look` with the files that may be old, to remove them if they are. It looks right before: see trim-lock.ts. */
  async #sweep(
    index: number,
    choose: (names: readonly string[], place: number) => string[],
    look: (path: string, reader: EntryReader) => Promise<void>,
  ): Promise<void> {
    const { signal, onProgress } = partOf(this.#options, index);
    for (let place = 0; place < placeCount; place++) {
      await turn(signal);
      const { path, names } = this.#list(place);
      const chosen = choose(names, place);
      if (chosen.length > 0 && !this.#lock.enter(place))
        throw new Error(`another process has taken over the cleaning of ${this.#directory}`);
      await together(chosen, (name, reader) => look(path + name, reader));
      onProgress?.((place + 1) / placeCount);
    }
  }

  /**
   * All but those that the scan saw whole and in use: it knows their bodies. If one of them was put again since, the put
   * has made its body new.
   */
  readonly #oldEntries = (names: readonly string[], place: number): string[] => {
    const used = this.#inventory.usedSince(this.#cutoff, place);
    return names.filter((name) => isEntry(name) && !used.has(wordOf(name)));
  };

  readonly #oldBodies = (names: readonly string[]): string[] =>
    names.filter(
      (name) => isBody(name) && this.#inventory.bodies.usedAt(highOf(name), wordOf(name)) < this.#cutoff,
    );

  #list(place: number): Place {
    try {
      return listPlace(this.#directory, place);
    } catch (error) {
      this.#isIncomplete = true;
      this.#problem ??= error;
      return { path: "", names: [] };
    }
  }

  async #removeOldEntry(path: string, reader: EntryReader): Promise<void> {
    const kind = reader.read(path);
    if (kind === "unreadable") {
      this.#isIncomplete = true;
      this.#problem ??= unreadable(path);
    }
    if (kind !== "entry") return;
    const isOld = plausible(reader.used, this.#inventory.now) < this.#cutoff;
    // The file is still open, so its blocks aren't freed before it's closed: only that takes long.
    if (isOld && (await this.#remove(path, unlinkSync))) {
      this.#entries++;
      this.#diskBytes += this.#inventory.entryBytes;
      // A get that comes now may have recorded its use just before. Then its body stays.
      if (reader.again()) this.#noteUse(reader);
      await reader.closeRemoved();
    } else this.#noteUse(reader);
  }

  #noteUse({ hasBody, high, low, used }: EntryReader): void {
    if (hasBody) this.#inventory.noteUse(high, low, used);
  }

  async #removeOldBody(path: string): Promise<void> {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() !== true) return;
    if (this.#target !== "all" && isInUse(Math.floor(stat.mtimeMs / 1000), secondsNow())) return;
    if (!(await this.#remove(path, unlink))) return;
    this.#bodies++;
    this.#diskBytes += blocksOf(stat) * blockUnit;
  }

  /** @returns whether the file was removed by this call */
  async #remove(path: string, remove: (path: string) => void | Promise<void>): Promise<boolean> {
    try {
      await remove(path);
      return true;
    } catch (error) {
      if (!hasCode(error, "ENOENT")) this.#problem ??= error;
      return false;
    }
  }
}
