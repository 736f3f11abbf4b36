import { lstatSync } from "node:fs";
import { EntryReader } from "./entry-reader.ts";
import { Inventory, isInUse } from "./inventory.ts";
import { secondsNow } from "./limits.ts";
import { isEntry, keyOf, listPlace, placeCount } from "./places.ts";

/** The size of a file on disk, in bytes. Some file systems report no blocks for a file they haven't written yet. */
export function diskBytesOf({ size, blocks }: { readonly size: number; readonly blocks: number }): number {
  return blocks > 0 ? blocks * 512 : size;
}

/** What a scan takes. */
export interface ScanOptions {
  /** Checked between directories; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each directory with the share that is done, from 0 to 1. */
  readonly onProgress?: ((part: number) => void) | undefined;
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
export async function scan(directory: string, { signal, onProgress }: ScanOptions): Promise<Scan> {
  const inventory = new Inventory(secondsNow());
  using reader = new EntryReader();
  let problem: unknown;
  for (let place = 0; place < placeCount; place++) {
    await turn(signal);
    try {
      const { path, names } = listPlace(directory, place);
      for (const name of names) {
        if (!isEntry(name)) addBody(inventory, path, name);
        else if (!addEntry(inventory, reader, path + name)) problem ??= unreadable(path + name);
      }
    } catch (error) {
      problem ??= error;
    }
    onProgress?.((place + 1) / placeCount);
  }
  return { inventory, problem };
}

/** Lets the event loop have its turn, for signals. @throws the signal's reason */
export async function turn(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}

/** The error of an entry whose body isn't known. */
export function unreadable(path: string): Error {
  return new Error(`${path} can't be read, so no body was removed`);
}

/** @returns false if it can't be read */
function addEntry(inventory: Inventory, reader: EntryReader, path: string): boolean {
  const kind = reader.read(path);
  if (kind !== "entry") return kind !== "unreadable";
  if (inventory.entries === 0) inventory.entryBytes = diskBytesOf(lstatSync(path));
  noteUse(inventory, reader);
  inventory.addEntry(plausible(reader.used, inventory.now), reader.length);
  return true;
}

/** Notes the use of an entry's body. */
export function noteUse(inventory: Inventory, { hasBody, high, low, used }: EntryReader): void {
  if (hasBody) inventory.bodies.use(high, low, plausible(used, inventory.now));
}

function addBody(inventory: Inventory, path: string, name: string): void {
  const stat = lstatSync(path + name, { throwIfNoEntry: false });
  if (stat?.isFile() !== true) return;
  const [high, low] = keyOf(name);
  inventory.addBody(high, low, Math.floor(stat.mtimeMs / 1000), stat.size, diskBytesOf(stat));
}

/** A use far in the future is from a clock that was wrong: it counts as the first to go. */
export function plausible(used: number, now: number): number {
  return used > now && !isInUse(used, now) ? 1 : used;
}
