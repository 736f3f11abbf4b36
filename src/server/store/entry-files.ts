import { closeSync, fstatSync, lstatSync, openSync, readSync, writeSync } from "node:fs";
import { hasCode } from "../../trouble.ts";
import type { Directories } from "./directories.ts";
import { entryLength, formatEntry, parseEntry, type Signature, type StoreEntry } from "./entry.ts";
import { toChange, toRead } from "./open-file.ts";
import { TempFile } from "./temp-file.ts";
import { secondsNow } from "./trim/limits.ts";
import { isClear } from "./trim/trim-lock.ts";

const mode = 0o644;

/** The read buffer: one byte longer than an entry, to detect a file that is too long. */
const buffer = Buffer.allocUnsafe(entryLength + 1);

/** What became of a refresh: done, or impossible; the action was put again; or the entry is gone. */
export type Refreshed = "done" | "replaced" | "lost";

/** Reads and writes the files of entries. Anything but a valid entry reads as none, and a pipe or device doesn't block. */
export class EntryFiles {
  readonly #directories: Directories;
  readonly #temp: string;
  readonly #lock: string;

  /**
   * @param temp the directory where a file is written before it's renamed into place
   * @param lock the lock of whoever trims the store
   */
  constructor(directories: Directories, temp: string, lock: string) {
    this.#directories = directories;
    this.#temp = temp;
    this.#lock = lock;
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

  /** Records a use and the signature of the body in an entry, unless the action was put again since it was read. */
  refresh(path: string, entry: StoreEntry, signature: Signature): Refreshed {
    let fd: number | undefined;
    try {
      fd = openSync(path, toChange);
      const found = readEntry(fd);
      if (found === undefined) return "lost";
      if (found.outputID !== entry.outputID || found.time !== entry.time) return "replaced";
      const text = formatEntry({ ...entry, used: secondsNow(), signature });
      writeSync(fd, Buffer.from(text), 0, entryLength, 0);
      return this.#whereIs(path, entry, fd);
    } catch (error) {
      // If the store can't be written, no use is recorded, and the next get may read the body again.
      return hasCode(error, "ENOENT") ? "lost" : "done";
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
  }

  /** Whether an entry that was just refreshed is in place, and stays: see trim-lock.ts. */
  #whereIs(path: string, { actionID }: StoreEntry, fd: number): Refreshed {
    if (!isClear(this.#lock, Number.parseInt(actionID.slice(0, 2), 16))) return "lost";
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return "lost";
    return stat.ino === fstatSync(fd).ino ? "done" : "replaced";
  }
}

function readEntry(fd: number): StoreEntry | undefined {
  const length = readSync(fd, buffer, 0, buffer.length, 0);
  return parseEntry(buffer.toString("latin1", 0, length));
}
