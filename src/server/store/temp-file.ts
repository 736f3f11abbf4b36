import {
  closeSync,
  fstatSync,
  futimesSync,
  lstatSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Directories } from "./directories.ts";
import { type Signature, signatureOf } from "./entry.ts";
import { isTemporaryName, namesIn, temporaryName } from "./store-names.ts";

/** A temporary file that nobody wrote to for so long, in ms, belongs to nobody who lives. */
export const staleAfter = 60 * 60 * 1000;
/** So far back the time of a committed file is set, in seconds: coarser than the clock of any file system. */
const backdated = 10;
/** So many bytes are copied at a time. */
const copiedAtOnce = 256 * 1024;

/** A file that nobody sees until it is complete: it is written aside and then renamed into its place. */
export class TempFile {
  readonly #directories: Directories;
  readonly #path: string;
  #fd: number | undefined;

  /**
   * Creates an empty one in `directory`, and the directory if it is not there.
   * @param mode what it has in its place, less what the umask takes
   * @throws what the file system says
   */
  constructor(directories: Directories, directory: string, mode: number) {
    directories.ensure(directory);
    this.#path = join(directory, temporaryName());
    this.#fd = openSync(this.#path, "wx+", mode);
    this.#directories = directories;
  }

  write(bytes: Uint8Array): void {
    if (this.#fd === undefined) return;
    let left = bytes;
    while (left.length > 0) left = left.subarray(writeSync(this.#fd, left));
  }

  /** Writes the first `length` bytes of it to another. @throws what the file system says */
  copyTo(other: TempFile, length: number): void {
    if (this.#fd === undefined) throw new Error(`${this.#path} isn't open any more`);
    const buffer = new Uint8Array(Math.min(length, copiedAtOnce));
    for (let at = 0; at < length; ) {
      const read = readSync(this.#fd, buffer, 0, Math.min(buffer.length, length - at), at);
      if (read === 0) throw new Error(`${this.#path} is shorter than what was written to it`);
      other.write(buffer.subarray(0, read));
      at += read;
    }
  }

  /** Puts it into its place, over whatever is there: whoever has that open still reads the old one. */
  commit(path: string): void {
    if (this.#fd === undefined) return;
    this.#directories.move(this.#path, path);
    this.#close(this.#fd);
  }

  /**
   * Commits it, and returns its signature there.
   *
   * Its mtime is set some seconds back. So any later write changes the mtime, even one within the same tick of the
   * file system's clock, and the signature tells.
   */
  commitSigned(path: string): Signature | undefined {
    const fd = this.#fd;
    if (fd === undefined) return undefined;
    const time = Math.floor(Date.now() / 1000) - backdated;
    futimesSync(fd, time, time);
    this.#directories.move(this.#path, path);
    // Of the open file, and so of this one, whatever another process has put in its place since.
    const signature = signatureOf(fstatSync(fd));
    this.#close(fd);
    return signature;
  }

  #close(fd: number): void {
    this.#fd = undefined;
    closeSync(fd);
  }

  /** Removes it, unless it was committed. */
  discard(): void {
    if (this.#fd === undefined) return;
    try {
      this.#close(this.#fd);
      unlinkSync(this.#path);
    } catch {
      // It was removed already, or nothing can be there any more: then a later start removes it.
    }
  }
}

/**
 * Removes what writers that were killed left in `directory`, but nothing that one who lives may still write to, and
 * nothing that a store hasn't made: a link to a directory isn't followed, and a file with another name stays.
 */
export function removeStale(directory: string): void {
  for (const name of namesIn(directory)?.filter(isTemporaryName) ?? []) {
    const path = join(directory, name);
    try {
      const stat = lstatSync(path);
      if (stat.isFile() && stat.mtimeMs < Date.now() - staleAfter) unlinkSync(path);
    } catch {
      // Its writer, or another store at its start, was faster; or it may not be removed, and then it stays.
    }
  }
}
