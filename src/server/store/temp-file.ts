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
import { join, sep } from "node:path";
import type { Directories } from "./directories.ts";
import { type Signature, signatureOf } from "./entry.ts";
import { isTemporaryName, namesIn, temporaryName } from "./store-names.ts";

/** A temporary file unchanged for this long, in ms, is abandoned. */
export const staleAfter = 60 * 60 * 1000;
/** How far back the mtime of a committed file is set, in seconds: more than the clock tick of any file system. */
const backdated = 10;
/** How many bytes are copied at a time. */
const copySize = 256 * 1024;

/**
 * Sets the mtime of a file some seconds back. So any later write changes the mtime and with it the signature, even a
 * write within the same tick of the file system's clock.
 */
function setTime(fd: number): void {
  const time = Math.floor(Date.now() / 1000) - backdated;
  futimesSync(fd, time, time);
}

/** Gives a file that is in place a new mtime. @returns its signature. @throws what the file system says */
export function signNow(fd: number): Signature {
  setTime(fd);
  return signatureOf(fstatSync(fd));
}

/** A file that is invisible until it's complete: it's written under a temporary name, then renamed into place. */
export class TempFile {
  readonly #directories: Directories;
  readonly #path: string;
  #fd: number | undefined;
  #isCommitted = false;

  /**
   * Creates an empty file in `directory`, and the directory if it doesn't exist.
   * @param mode the mode of the file, subject to the umask
   * @param suffix the end of its name
   * @throws what the file system says
   */
  constructor(directories: Directories, directory: string, mode: number, suffix = "") {
    directories.ensure(directory);
    this.#path = `${directory}${sep}${temporaryName()}${suffix}`;
    this.#fd = openSync(this.#path, "wx+", mode);
    this.#directories = directories;
  }

  write(bytes: Uint8Array): void {
    if (this.#fd === undefined) return;
    let left = bytes;
    while (left.length > 0) left = left.subarray(writeSync(this.#fd, left));
  }

  /** Copies the first `length` bytes to another file. @throws what the file system says */
  copyTo(other: TempFile, length: number): void {
    if (this.#fd === undefined) throw new Error(`${this.#path} isn't open any more`);
    const buffer = new Uint8Array(Math.min(length, copySize));
    for (let at = 0; at < length; ) {
      const read = readSync(this.#fd, buffer, 0, Math.min(buffer.length, length - at), at);
      if (read === 0) throw new Error(`${this.#path} is shorter than what was written to it`);
      other.write(buffer.subarray(0, read));
      at += read;
    }
  }

  /** Renames the file into place and replaces any file there. A process that has the old file open keeps reading it. */
  commit(path: string): void {
    if (this.#fd === undefined) return;
    this.#directories.move(this.#path, path);
    this.#close(this.#fd);
  }

  /** Renames the file into place, sets its mtime, and returns its signature. It stays open until {@link discard}. */
  commitSigned(path: string): Signature | undefined {
    if (this.#fd === undefined) return undefined;
    setTime(this.#fd);
    this.#directories.move(this.#path, path);
    this.#isCommitted = true;
    // fstat of the open file: another process may have replaced the path since.
    return signatureOf(fstatSync(this.#fd));
  }

  #close(fd: number): void {
    this.#fd = undefined;
    closeSync(fd);
  }

  /** Closes the file, and removes it unless it was committed. */
  discard(): void {
    if (this.#fd === undefined) return;
    try {
      this.#close(this.#fd);
      if (!this.#isCommitted) unlinkSync(this.#path);
    } catch {
      // It's gone already, or can't be removed now; then a later start removes it.
    }
  }
}

/**
 * Removes temporary files that killed processes left in `directory`. It keeps recent files, which a live process may
 * still write, and files with other names, and doesn't follow a link to a directory.
 */
export function removeStale(directory: string): void {
  for (const name of namesIn(directory)?.filter(isTemporaryName) ?? []) {
    const path = join(directory, name);
    try {
      const stat = lstatSync(path);
      if (stat.isFile() && stat.mtimeMs < Date.now() - staleAfter) unlinkSync(path);
    } catch {
      // Its writer or another start removed it first, or it can't be removed and stays.
    }
  }
}
