import {
  closeSync,
  fstatSync,
  futimesSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type Signature, signatureOf } from "./entry.ts";

/** A temporary file that nobody wrote to for so long, in ms, belongs to nobody who lives. */
const staleAfter = 60 * 60 * 1000;
/** So far back the time of a committed file is set, in seconds: coarser than the clock of any file system. */
const backdated = 10;

/** The beginning of names that no other process has, not even one of the same number on another machine. */
let prefix: string | undefined;
let made = 0;

/** A file that nobody sees until it is complete: it is written aside and then renamed into its place. */
export class TempFile {
  readonly #path: string;
  #fd: number | undefined;

  /**
   * Creates an empty one in `directory`, and the directory if it is not there.
   * @param mode what it has in its place, less what the umask takes
   * @throws what the file system says
   */
  constructor(directory: string, mode: number) {
    prefix ??= `${process.pid}-${crypto.randomUUID()}`;
    const path = join(directory, `${prefix}-${made++}`);
    this.#fd = inDirectoryOf(path, () => openSync(path, "wx", mode));
    this.#path = path;
  }

  write(bytes: Uint8Array): void {
    if (this.#fd === undefined) return;
    let left = bytes;
    while (left.length > 0) left = left.subarray(writeSync(this.#fd, left));
  }

  /** Puts it into its place, over whatever is there: who has that open keeps what he has. */
  commit(path: string): void {
    if (this.#fd === undefined) return;
    this.#move(path);
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
    this.#move(path);
    // Of the open file, and so of this one, whatever another process has put in its place since.
    const signature = signatureOf(fstatSync(fd));
    this.#close(fd);
    return signature;
  }

  #move(path: string): void {
    inDirectoryOf(path, () => renameSync(this.#path, path));
  }

  #close(fd: number): void {
    this.#fd = undefined;
    closeSync(fd);
  }

  /** Removes it, unless it was committed. */
  discard(): void {
    if (this.#fd === undefined) return;
    this.#close(this.#fd);
    rmSync(this.#path, { force: true });
  }
}

/** Does what needs the directory of `path`, which is made if it is not there. */
function inDirectoryOf<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    mkdirSync(dirname(path), { recursive: true });
    return work();
  }
}

/** Removes what writers that were killed left in `directory`, but nothing that one who lives may still write to. */
export function removeStale(directory: string): void {
  for (const name of namesIn(directory)) {
    const path = join(directory, name);
    try {
      const stat = lstatSync(path);
      if (stat.isFile() && stat.mtimeMs < Date.now() - staleAfter) rmSync(path, { force: true });
    } catch {
      // Its writer, or another store at its start, was faster; or it may not be removed, and then it stays.
    }
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
