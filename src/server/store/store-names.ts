import { lstatSync, readdirSync } from "node:fs";

/*
 * The names of a store's own files. A file with any other name isn't the store's and is never removed.
 */

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const temporaryForm = new RegExp(`^\\d+-${uuid}-\\d+$`);
const asideForm = new RegExp(`\\.aside-${uuid}$`);

/** A prefix unique to this process, even among processes with the same pid on other machines. */
let prefix: string | undefined;
let made = 0;

/** A new name for a temporary file. */
export function temporaryName(): string {
  prefix ??= `${process.pid}-${crypto.randomUUID()}`;
  return `${prefix}-${made++}`;
}

/** Whether a name comes from {@link temporaryName}, in this or another process. */
export function isTemporaryName(name: string): boolean {
  return temporaryForm.test(name);
}

/** A new name, next to the path, for a foreign file or directory at the path. */
export function asideName(path: string): string {
  return `${path}.aside-${crypto.randomUUID()}`;
}

export function isAsideName(name: string): boolean {
  return asideForm.test(name);
}

/** Whether a name is that of a directory of entries and bodies: two hex digits. */
export function isPlaceName(name: string): boolean {
  return /^[0-9a-f]{2}$/.test(name);
}

/** Whether a name is that of an entry or a body: an id in hex, and the kind. */
export function isEntryName(name: string): boolean {
  return /^[0-9a-f]{64}-[ad]$/.test(name);
}

/** The names in a directory; undefined if it doesn't exist, is a link or can't be read. */
export function namesIn(directory: string): string[] | undefined {
  try {
    return lstatSync(directory).isDirectory() ? readdirSync(directory) : undefined;
  } catch {
    return undefined;
  }
}
