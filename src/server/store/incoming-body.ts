import type { Signature } from "./entry.ts";
import type { TempFile } from "./temp-file.ts";

/** Where the bytes of a body go. */
export interface BodyFile {
  /** Creates the file. */
  first(): TempFile;
  /** Creates another that takes its place, where that failed. @throws why there is none */
  other(cause: unknown): TempFile;
}

/** A body on its way into a store: hashed, and written to a file unless the store has it. */
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

  /** Whether it's in the other file. */
  get isElsewhere(): boolean {
    return this.#isElsewhere;
  }

  /** @throws why it can't be kept */
  take(chunk: Uint8Array): void {
    try {
      this.#file?.write(chunk);
    } catch (cause) {
      this.moveElsewhere(cause).write(chunk);
    }
    this.#length += chunk.length;
    this.#hasher.update(chunk);
  }

  /** Compares what was taken with what it should be. It can be called once. @throws {Error} what is wrong */
  verify(outputID: string, size: number): void {
    if (this.#length !== size)
      throw new Error(`the body is ${this.#length} bytes long, and its BodySize says ${size}`);
    const hash = this.#hasher.digest("hex");
    if (hash !== outputID)
      throw new Error(`the SHA-256 of the body is ${hash}, and its OutputID says ${outputID}`);
  }

  /**
   * Goes on with another file, which gets what was taken so far.
   * @throws `cause`, where this was done before or there never was a file, and what is thrown for the other
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

  /** Puts the file into its place. Returns its signature, or undefined where there is none. */
  commit(path: string): Signature | undefined {
    return this.#file?.commitSigned(path);
  }

  /** Removes the file, unless it was committed. */
  discard(): void {
    this.#file?.discard();
  }
}
