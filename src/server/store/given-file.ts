import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { ArgumentError, CacheProgError } from "../../errors.ts";
import { describe, shownPath } from "../../text.ts";
import { reason } from "../../trouble.ts";

/** The size of a read, in bytes: it stays in the processor's cache until it is hashed. */
const readSize = 256 * 1024;
/** After this many bytes, other work has its turn. */
const pauseEvery = 4 * 1024 * 1024;

/** A file that somebody gives the store, read once from its start to its end. */
export class GivenFile implements Disposable {
  readonly #path: string;
  readonly #fd: number;
  readonly #buffer = new Uint8Array(readSize);
  /** The length of the file when it was opened, in bytes. */
  readonly size: number;
  #read = 0;

  private constructor(path: string, fd: number, size: number) {
    this.#path = path;
    this.#fd = fd;
    this.size = size;
  }

  /** @throws {ArgumentError} it isn't a path; {CacheProgError} `BODY_UNREADABLE` */
  static open(path: string): GivenFile {
    if (typeof path !== "string" || path === "" || path.includes("\0") || !path.isWellFormed())
      throw new ArgumentError(`the path of the body is ${describe(path)}; expected a path without NUL`);
    let fd: number | undefined;
    try {
      // A pipe doesn't block.
      fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const stat = fstatSync(fd);
      if (!stat.isFile()) throw new Error("it isn't a regular file");
      return new GivenFile(path, fd, stat.size);
    } catch (cause) {
      if (fd !== undefined) closeSync(fd);
      throw unreadable(path, cause);
    }
  }

  /** The next chunk, valid until the next call; null at the end. @throws {CacheProgError} `BODY_UNREADABLE` */
  read(): Uint8Array | null {
    try {
      const length = readSync(this.#fd, this.#buffer);
      this.#read += length;
      return length === 0 ? null : this.#buffer.subarray(0, length);
    } catch (cause) {
      throw unreadable(this.#path, cause);
    }
  }

  /** Whether enough was read without a pause. */
  get isTimeToPause(): boolean {
    if (this.#read < pauseEvery) return false;
    this.#read = 0;
    return true;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

function unreadable(path: string, cause: unknown): CacheProgError {
  return new CacheProgError(
    "BODY_UNREADABLE",
    `the body ${shownPath(path)} can't be read: ${reason(cause)}`,
    { cause },
  );
}
