import type { Signature } from "./entry.ts";
import type { TempFile } from "./temp-file.ts";

/** Creates the files for a body. */
export interface BodyFile {
  /** Creates the file. */
  first(): TempFile;
  /** Creates a replacement after the first file failed. @throws the reason if it can't */
  other(cause: unknown): TempFile;
}

/** A body being stored: hashed, and written to a file unless the store has it already. */
export class IncomingBody {
  readonly #hasher = new Bun.CryptoHasher("sha256");
  readonly #files: BodyFile | undefined;
  #file: TempFile | undefined;
  #length = 0;
  #isElsewhere = false;

  /** @throws what `files` throws */
  constructor(files?: BodyFile) {
    this.#files = files;
    if (files === undefined) return;
    try {
      this.#file = files.first();
    } catch (cause) {
      this.moveElsewhere(cause);
    }
  }

  /** Whether the body is in the replacement file. */
  get isElsewhere(): boolean {
    return this.#isElsewhere;
  }

  /** Adds a chunk. @throws the reason if it can't be written */
  take(chunk: Uint8Array): void {
    try {
      this.#file?.write(chunk);
    } catch (cause) {
      this.moveElsewhere(cause).write(chunk);
    }
    this.#length += chunk.length;
    this.#hasher.update(chunk);
  }

  /** The SHA-256 in hex and the length. Call it once, instead of {@link verify}. */
  measure(): { readonly outputID: string; readonly size: number } {
    return { outputID: this.#hasher.digest("hex"), size: this.#length };
  }

  /** Checks the length and the SHA-256. Call it once. @throws {Error} one doesn't match */
  verify(outputID: string, size: number): void {
    if (this.#length !== size) throw new Error(`the body has ${this.#length} bytes, but BodySize is ${size}`);
    const hash = this.#hasher.digest("hex");
    if (hash !== outputID) throw new Error(`the SHA-256 of the body is ${hash}, but OutputID is ${outputID}`);
  }

  /**
   * Switches to the replacement file, and copies the bytes so far to it.
   * @throws `cause` if it has switched before or has no files, and the error if the replacement fails
   */
  moveElsewhere(cause: unknown): TempFile {
    if (this.#files === undefined || this.#isElsewhere) throw cause;
    const file = this.#files.other(cause);
    try {
      this.#file?.copyTo(file, this.#length);
    } catch (error) {
      file.discard();
      throw error;
    }
    this.#file?.discard();
    this.#file = file;
    this.#isElsewhere = true;
    return file;
  }

  /** Renames the file into place. Returns its signature, or undefined if there is no file. */
  commit(path: string): Signature | undefined {
    return this.#file?.commitSigned(path);
  }

  /** Removes the file, unless it was committed. */
  discard(): void {
    this.#file?.discard();
  }
}
