import type { Signature } from "./entry.ts";
import type { TempFile } from "./temp-file.ts";

/** A body on its way into a store: hashed, and written to a file unless the store has it. */
export class IncomingBody {
  readonly #hasher = new Bun.CryptoHasher("sha256");
  readonly #file: TempFile | undefined;
  #length = 0;

  constructor(file: TempFile | undefined) {
    this.#file = file;
  }

  /** @throws what the file system says */
  take(chunk: Uint8Array): void {
    this.#length += chunk.length;
    this.#hasher.update(chunk);
    this.#file?.write(chunk);
  }

  /** Compares what was taken with what it should be. It can be called once. @throws {Error} what is wrong */
  verify(outputID: string, size: number): void {
    if (this.#length !== size)
      throw new Error(`the body is ${this.#length} bytes long, and its BodySize says ${size}`);
    const hash = this.#hasher.digest("hex");
    if (hash !== outputID)
      throw new Error(`the SHA-256 of the body is ${hash}, and its OutputID says ${outputID}`);
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
