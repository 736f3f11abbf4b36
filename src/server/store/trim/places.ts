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

/** The first 4 bytes of the id in a name. */
export function highOf(name: string): number {
  return word(name, 0);
}

/** The second 4 bytes of the id in a name: enough to tell apart those of one place. */
export function wordOf(name: string): number {
  return word(name, 8);
}

/** The number that 8 hex digits spell. Without a piece of text, and so without garbage: it's called for each file. */
function word(name: string, at: number): number {
  let value = 0;
  for (let index = at; index < at + 8; index++) value = (value << 4) | digit(name.charCodeAt(index));
  return value >>> 0;
}

/** The value of a hex digit, given as a byte of ASCII. */
export function digit(code: number): number {
  return (code & 0xf) + (code > 0x39 ? 9 : 0);
}
