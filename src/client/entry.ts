import { isBytes } from "../bytes.ts";
import { ArgumentError } from "../errors.ts";
import { describe } from "../text.ts";

/** The key of an entry: 32 bytes; see Hash. Anything else throws an ArgumentError, which is a RangeError. */
export type ActionID = Uint8Array;

/** The SHA-256 of a body: 32 bytes. */
export type OutputID = Uint8Array;

/** A hit. Source: cmd/go/internal/cache, Entry. */
export interface Entry {
  /**
   * The SHA-256 of the body: 32 bytes, as the program reports it. Only getBytes, copyEntry and `verify` compare it with the
   * file.
   */
  readonly outputID: OutputID;
  /** The length of the body in bytes, as the program reports it. getFile compares it with the file. */
  readonly size: number;
  /** When the body was put, or when the response arrived if the program sends no Time. */
  readonly time: Temporal.Instant;
  /**
   * The path of a file with the body, as the program reports it. The file belongs to the cache: don't change, move or
   * delete it. It may be read-only. Programs should keep it until close, but it may disappear. To have the body elsewhere,
   * or for longer, use copyEntry.
   */
  readonly diskPath: string;
}

/** The result of getOrPut. */
export interface Produced extends Entry {
  /** The entry was in the cache; then it is stored, too. If not, it was made now, or shared with another caller. */
  readonly hit: boolean;
  /**
   * The program has stored the body. If not, diskPath is a read-only copy in a temporary folder, which is removed at
   * close() or when this process exits. Of a body that was produced until after close(), it stays until the exit.
   */
  readonly stored: boolean;
}

/** The result of a put. */
export interface PutResult {
  /** The SHA-256 of the body that was sent. */
  readonly outputID: OutputID;
  /** The length of the body in bytes. */
  readonly size: number;
  /** The path of a file with the body, as the program reports it. It belongs to the cache; see {@link Entry.diskPath}. */
  readonly diskPath: string;
}

/** Copies an id. Doesn't use slice: node:crypto returns Buffers, and Buffer.slice shares memory. */
export function copyID(id: Uint8Array): Uint8Array {
  return new Uint8Array(id);
}

/** @throws {ArgumentError} for anything but 32 bytes; the message describes the value */
export function checkID(id: Uint8Array, name: string): void {
  if (!isBytes(id)) {
    throw new ArgumentError(`the ${name} is ${describe(id)}; expected a Uint8Array of 32 bytes`);
  }
  if (id.length !== 32) throw new ArgumentError(`the ${name} has ${id.length} bytes; expected 32`);
}
