import { CacheProgError } from "../../errors.ts";
import { reason } from "../../trouble.ts";

/**
 * How much of a body is read and encoded at once, in bytes. A multiple of three, so it is 128 KiB of base64. A program
 * makes progress when it has taken a whole write, so larger chunks would make a slow program look stopped.
 */
export const chunkSize = 96 * 1024;
/** How much is hashed before yielding to the event loop, in bytes: about a millisecond's work. */
export const sliceSize = 1024 * 1024;
/** The largest file that is read into memory whole, in bytes. */
export const smallSize = 64 * 1024;

/** The call that a body is opened for. */
export interface PendingCall {
  /** True when the call no longer needs the body; opening it then stops. */
  readonly settled: boolean;
  /** Called when `settled` becomes true, with the error the call fails with. */
  whenSettled: ((why?: unknown) => void) | undefined;
}

/** Thrown to stop opening a body whose call has settled. The caller never sees it. */
export class CallSettled extends Error {
  override readonly name = "CallSettled";
}

/** @throws {CallSettled} if the call has settled */
export function requirePending({ settled }: PendingCall): void {
  if (settled) throw new CallSettled("the call for the body has settled");
}

/** A body ready to send: its OutputID and size are known. */
export interface BodySource {
  /** The SHA-256 of the body: 32 bytes. */
  readonly outputID: Uint8Array;
  /** In bytes. */
  readonly size: number;
  /** The encoded line of a small body, "" if it's empty; undefined if the body must be read with {@link chunks}. */
  readonly line: string | undefined;
  /**
   * Reads the body again, in order. A chunk is valid until the next one is read.
   *
   * @throws {CacheProgError} `BODY_CHANGED`, instead of the last chunk, if these aren't the bytes that were hashed;
   *   `BODY_UNREADABLE` if they can't be read
   */
  chunks(): AsyncIterable<Uint8Array>;
  /** Closes the file, if there is one. A promise resolves when it is closed. */
  close(): void | Promise<void>;
}

export function unreadable(path: string, cause: unknown): CacheProgError {
  return new CacheProgError("BODY_UNREADABLE", `can't read the body ${path}: ${reason(cause)}`, { cause });
}

export function changed(what: string): CacheProgError {
  return new CacheProgError(
    "BODY_CHANGED",
    `the body ${what} changed while it was put: its bytes differ from those that were hashed`,
  );
}

/** The OutputID of a whole body: 32 bytes. */
export function outputIDOf(body: Uint8Array): Uint8Array {
  return new Uint8Array(Bun.CryptoHasher.hash("sha256", body));
}

/** Computes an OutputID: the SHA-256 of the bytes. */
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

/**
 * Passes on the chunks of a body that is read again, and hashes them.
 *
 * @param size of the body, in bytes
 * @param outputID of the body, from the first reading
 * @throws {CacheProgError} `BODY_CHANGED`, instead of the last chunk, if these aren't the bytes that were hashed
 */
export async function* verified(
  chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  size: number,
  outputID: Uint8Array,
  name: string,
): AsyncGenerator<Uint8Array> {
  const again = new OutputHash();
  let read = 0;
  for await (const chunk of chunks) {
    again.update(chunk);
    read += chunk.length;
    if (read === size && !sameBytes(again.digest(), outputID)) throw changed(name);
    yield chunk;
  }
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
