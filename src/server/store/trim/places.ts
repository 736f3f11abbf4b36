import { lstatSync, readdirSync } from "node:fs";
import { sep } from "node:path";
import { hasCode } from "../../../trouble.ts";
import { isEntryName } from "../store-names.ts";

/** How many directories of entries and bodies a store has. */
export const placeCount = 256;

/** The names of the entries and bodies in a directory of a store. */
export interface Place {
  /** The path, with a separator at its end. */
  readonly path: string;
  readonly names: readonly string[];
}

/**
 * Lists a directory of a store. It follows no link, and leaves out all names that aren't the store's.
 *
 * @param place the first byte of the ids
 * @returns no names if there is no such directory
 * @throws what the file system says if the directory can't be read
 */
export function listPlace(directory: string, place: number): Place {
  const hex = place.toString(16).padStart(2, "0");
  const path = `${directory}${sep}${hex}`;
  try {
    const isReal = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
    const names = isReal ? readdirSync(path) : [];
    return {
      path: `${path}${sep}`,
      names: names.filter((name) => name.startsWith(hex) && isEntryName(name)),
    };
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return { path, names: [] };
    throw error;
  }
}

export function isEntry(name: string): boolean {
  return name.endsWith("-a");
}

export function isBody(name: string): boolean {
  return name.endsWith("-d");
}

/** The first 8 bytes of the id in a name, as two numbers. */
export function keyOf(name: string): readonly [high: number, low: number] {
  return [Number.parseInt(name.slice(0, 8), 16), wordOf(name)];
}

/** The second 4 bytes of the id in a name: enough to tell apart those of one place. */
export function wordOf(name: string): number {
  return Number.parseInt(name.slice(8, 16), 16);
}
