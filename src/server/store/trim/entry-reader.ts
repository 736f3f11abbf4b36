import { close, closeSync, fstatSync, openSync, readSync } from "node:fs";
import { promisify } from "node:util";
import { hasCode } from "../../../trouble.ts";
import { entryLength, isEntry, outputAt, usedOf } from "../entry.ts";
import { toRead } from "../open-file.ts";
import { digit } from "./places.ts";

const closeAside = promisify(close);

/** How often a damaged entry is read: the use may be being written. */
const tries = 3;

/** What the file of an entry is: an entry, even a damaged one; no longer there; not a file; or it can't be read. */
export type Kind = "entry" | "gone" | "foreign" | "unreadable";

/** Reads the use and the body of entries, one after the other. One object for all: a million of them would be garbage. */
export class EntryReader implements Disposable {
  readonly #buffer = Buffer.alloc(entryLength + 1);
  /** The last use, in seconds since 1970. That of a damaged entry is the mtime of its file. */
  used = 0;
  /** The first 8 bytes of the OutputID, if {@link hasBody}. */
  high = 0;
  low = 0;
  /** Whether the entry names a body. */
  hasBody = false;
  length = 0;
  #fd: number | undefined;

  read(path: string): Kind {
    this.close();
    try {
      this.#fd = openSync(path, toRead);
      return this.again() || this.#takeDamaged(this.#fd) ? "entry" : "foreign";
    } catch (error) {
      if (hasCode(error, "ENOENT")) return "gone";
      return hasCode(error, "ELOOP", "ENXIO", "EISDIR") ? "foreign" : "unreadable";
    }
  }

  /** Reads the last entry again, even if it was removed meanwhile. @returns false if it's damaged */
  again(): boolean {
    const fd = this.#fd;
    if (fd === undefined) return false;
    for (let left = tries; left > 0; left--) if (this.#parse(fd)) return true;
    return false;
  }

  /** Closes the file of the last entry. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Closes the file of the last entry in another thread. If it was removed, its blocks are freed now. */
  async closeRemoved(): Promise<void> {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) await closeAside(fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #takeDamaged(fd: number): boolean {
    const stat = fstatSync(fd);
    this.used = Math.floor(stat.mtimeMs / 1000);
    this.length = stat.size;
    this.hasBody = false;
    return stat.isFile();
  }

  #parse(fd: number): boolean {
    this.length = readSync(fd, this.#buffer, 0, this.#buffer.length, 0);
    if (this.length !== entryLength || !isEntry(this.#buffer)) return false;
    this.used = usedOf(this.#buffer);
    this.high = word(this.#buffer, outputAt);
    this.low = word(this.#buffer, outputAt + 8);
    this.hasBody = true;
    return true;
  }
}

/** The number that 8 hex digits spell, in bytes of ASCII. */
export function word(text: Uint8Array, at: number): number {
  let value = 0;
  for (let index = at; index < at + 8; index++) value = (value << 4) | digit(text[index] ?? 0);
  return value >>> 0;
}
