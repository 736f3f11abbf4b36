import { closeSync, openSync, readSync, writeSync } from "node:fs";
import type { Directories } from "./directories.ts";
import { entryLength, formatEntry, parseEntry, type Signature, type StoreEntry } from "./entry.ts";
import { toChange, toRead } from "./open-file.ts";
import { TempFile } from "./temp-file.ts";

const mode = 0o644;

/** Where entries are read: one byte more than they have, so that a longer text is seen to be longer. */
const buffer = Buffer.allocUnsafe(entryLength + 1);

/** Reads and writes entries at their places. Whatever else is there is no entry, and is never waited for. */
export class EntryFiles {
  readonly #directories: Directories;
  readonly #temp: string;

  /** @param temp the directory where a file is written before it comes to its place */
  constructor(directories: Directories, temp: string) {
    this.#directories = directories;
    this.#temp = temp;
  }

  /** The entry of an action; undefined where there is none, or it's damaged or of another action. */
  read(path: string, actionID: string): StoreEntry | undefined {
    let fd: number | undefined;
    try {
      fd = openSync(path, toRead);
      const entry = readEntry(fd);
      return entry?.actionID === actionID ? entry : undefined;
    } catch {
      return undefined;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** Puts an entry into its place. @throws what the file system says */
  write(path: string, entry: StoreEntry): void {
    const file = new TempFile(this.#directories, this.#temp, mode);
    try {
      file.write(Buffer.from(formatEntry(entry)));
      file.commit(path);
    } finally {
      file.discard();
    }
  }

  /** Notes another signature of the same body in an entry, unless the action was put anew since it was read. */
  refresh(path: string, entry: StoreEntry, signature: Signature): void {
    let fd: number | undefined;
    try {
      fd = openSync(path, toChange);
      const found = readEntry(fd);
      if (found === undefined || formatEntry(found) !== formatEntry(entry)) return;
      writeSync(fd, Buffer.from(formatEntry({ ...entry, signature })), 0, entryLength, 0);
    } catch {
      // The store can't be written; then the body is read again the next time.
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }
}

function readEntry(fd: number): StoreEntry | undefined {
  const length = readSync(fd, buffer, 0, buffer.length, 0);
  return parseEntry(buffer.toString("latin1", 0, length));
}
