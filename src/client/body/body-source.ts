import { CacheProgError } from "../../errors.ts";
import { reason } from "../../trouble.ts";

/**
 * How much of a body is read and encoded at once, in bytes: whole groups of three, 128 KiB of base64. A program has made
 * progress when it has taken a write, so with larger ones a slow program would be taken for one that has stopped.
 */
export const chunkSize = 96 * 1024;
/** How much is hashed before others get their turn, in bytes: about a millisecond's work. */
export const sliceSize = 1024 * 1024;
/** Up to this size a file is held in memory, in bytes. */
export const smallSize = 64 * 1024;

/** Whoever wants a body to be opened. */
export interface Wanted {
  /** Nobody waits for it any more: what is under way stops. */
  readonly settled: boolean;
  /** Called when that happens. */
  whenSettled: (() => void) | undefined;
}

/** The call that wanted a body is settled; what it was told is something else. */
export class Unwanted extends Error {
  override readonly name = "Unwanted";
}

/** @throws {Unwanted} where nobody waits any more */
export function requireWanted({ settled }: Wanted): void {
  if (settled) throw new Unwanted("nobody waits for the body any more");
}

/** A body whose OutputID is known, ready to be sent. */
export interface BodySource {
  /** SHA-256 of the body, 32 bytes. */
  readonly outputID: Uint8Array;
  /** In bytes. */
  readonly size: number;
  /** The line of a small body, as it goes out; undefined where the body has to be read with {@link chunks}. */
  readonly line: string | undefined;
  /**
   * The body once more, in order; each chunk is valid until the next.
   *
   * @throws {CacheProgError} `BODY_CHANGED`, in the place of the last chunk, if these are not the bytes that were hashed;
   *   `BODY_UNREADABLE` if they can not be read
   */
  chunks(): AsyncIterable<Uint8Array>;
  /** Lets go of the file, if there is one. A promise is fulfilled when that is done. */
  close(): void | Promise<void>;
}

export function unreadable(path: string, cause: unknown): CacheProgError {
  return new CacheProgError("BODY_UNREADABLE", `can not read the body ${path}: ${reason(cause)}`, { cause });
}

export function changed(what: string): CacheProgError {
  return new CacheProgError(
    "BODY_CHANGED",
    `the body ${what} changed while it was put: it no longer has the bytes that were hashed`,
  );
}

/** SHA-256, as OutputIDs are made with it. */
export class OutputHash {
  readonly #hasher = new Bun.CryptoHasher("sha256");

  update(bytes: Uint8Array): this {
    this.#hasher.update(bytes);
    return this;
  }

  /** 32 bytes. */
  digest(): Uint8Array {
    return new Uint8Array(this.#hasher.digest());
  }
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
