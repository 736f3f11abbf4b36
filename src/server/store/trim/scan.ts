import { countPlace, type PlaceCount } from "./count-place.ts";
import { CountingThreads } from "./counting-threads.ts";
import { Inventory } from "./inventory.ts";
import { secondsNow } from "./limits.ts";
import { placeCount } from "./places.ts";

/** With so many entries in one place, a store is worth the start of threads. */
const manyEntries = 100;

/** What a scan takes. */
export interface ScanOptions {
  /** Checked between directories; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each directory with the share that is done, from 0 to 1. */
  readonly onProgress?: ((part: number) => void) | undefined;
  /** The path of the file that counts a large store in threads: see {@link CountingThreads}. Without it, none start. */
  readonly threadFile?: string | undefined;
}

/** A store, counted. */
export interface Scan {
  readonly inventory: Inventory;
  /**
   * The first error of a directory or an entry that couldn't be read. The bodies of such entries aren't known, so no
   * body may be removed.
   */
  readonly problem: unknown;
}

/**
 * Counts a store. Other processes may use it meanwhile.
 *
 * @param directory the absolute path; a store
 * @throws the signal's reason
 */
export async function scan(directory: string, options: ScanOptions): Promise<Scan> {
  const { signal, onProgress, threadFile } = options;
  const inventory = new Inventory(secondsNow());
  const left = new Set(Array.from({ length: placeCount }, (_, place) => place));
  let problem: unknown;
  const take = (count: PlaceCount) => {
    signal?.throwIfAborted();
    inventory.add(count);
    problem ??= count.problem;
    left.delete(count.place);
    onProgress?.((placeCount - left.size) / placeCount);
  };
  for (const place of left) {
    await turn(signal);
    take(countPlace(directory, place));
    if (place > 0 || threadFile === undefined || inventory.entries < manyEntries) continue;
    using threads = new CountingThreads(threadFile);
    await threads.count(directory, left, take);
  }
  return { inventory, problem };
}

/** Lets the event loop have its turn, for signals. @throws the signal's reason */
export async function turn(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}
