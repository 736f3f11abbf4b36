import { closeSync, openSync, readSync, writeSync } from "node:fs";
import type { Directories } from "./directories.ts";
import { entryLength, formatEntry, parseEntry, type Signature, type StoreEntry } from "./entry.ts";
import { toChange, toRead } from "./open-file.ts";
import { TempFile } from "./temp-file.ts";

const mode = 0o644;

/** The read buffer: one byte longer than an entry, to detect a file that is too long. */
const buffer = Buffer.allocUnsafe(entryLength + 1);

/** Reads and writes the files of entries. Anything but a valid entry reads as none, and a pipe or device doesn't block. */
export class EntryFiles {
  readonly #directories: Directories;
  readonly #temp: string;

  /** @param temp the directory where a file is written before it's renamed into place */
  constructor(directories: Directories, temp: string) {
    this.#directories = directories;
    this.#temp = temp;
  }

  /** The entry of an action; undefined if it's missing, damaged or of another action. */
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

  /** Writes an entry. @throws what the file system says */
  write(path: string, entry: StoreEntry): void {
    const file = new TempFile(this.#directories, this.#temp, mode);
    try {
      file.write(Buffer.from(formatEntry(entry)));
      file.commit(path);
    } finally {
      file.discard();
    }
  }

  /** Updates the signature in an entry, unless the action was put again since the entry was read. */
  refresh(path: string, entry: StoreEntry, signature: Signature): void {
    let fd: number | undefined;
    try {
      fd = openSync(path, toChange);
      const found = readEntry(fd);
      if (found === undefined || formatEntry(found) !== formatEntry(entry)) return;
      writeSync(fd, Buffer.from(formatEntry({ ...entry, signature })), 0, entryLength, 0);
    } catch {
      // The store can't be written, so the next get reads the body again.
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }
}

function readEntry(fd: number): StoreEntry | undefined {
  const length = readSync(fd, buffer, 0, buffer.length, 0);
  return parseEntry(buffer.toString("latin1", 0, length));
}
