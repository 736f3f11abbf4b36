import { lstatSync, readdirSync } from "node:fs";

/*
 * The names that a store gives to what it makes. What has any other name is not its own: it is left where it is, and
 * never removed.
 */

const uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const temporaryForm = new RegExp(`^\\d+-${uuid}-\\d+$`);
const asideForm = new RegExp(`\\.aside-${uuid}$`);

/** The beginning of names that no other process has, not even one of the same number on another machine. */
let prefix: string | undefined;
let made = 0;

/** A new name for a file that is being written. */
export function temporaryName(): string {
  prefix ??= `${process.pid}-${crypto.randomUUID()}`;
  return `${prefix}-${made++}`;
}

/** Whether a name is one that {@link temporaryName} has given, here or in another process. */
export function isTemporaryName(name: string): boolean {
  return temporaryForm.test(name);
}

/** A new name for what stands in the way at a path, beside it. */
export function asideName(path: string): string {
  return `${path}.aside-${crypto.randomUUID()}`;
}

export function isAsideName(name: string): boolean {
  return asideForm.test(name);
}

/** Whether a name is that of a directory of entries and bodies: two digits in hex. */
export function isPlaceName(name: string): boolean {
  return /^[0-9a-f]{2}$/.test(name);
}

/** Whether a name is that of an entry or a body: an id in hex, and the kind. */
export function isEntryName(name: string): boolean {
  return /^[0-9a-f]{64}-[ad]$/.test(name);
}

/** The names in a directory; undefined where there is none, or a link to one, or it can't be read. */
export function namesIn(directory: string): string[] | undefined {
  try {
    return lstatSync(directory).isDirectory() ? readdirSync(directory) : undefined;
  } catch {
    return undefined;
  }
}
