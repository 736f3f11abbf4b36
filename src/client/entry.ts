import { isBytes } from "../bytes.ts";
import { ArgumentError } from "../errors.ts";
import { describe } from "../text.ts";

/** The key of an entry: 32 bytes, see Hash. Anything else is an ArgumentError, which is a RangeError. */
export type ActionID = Uint8Array;

/** SHA-256 of a body: 32 bytes. */
export type OutputID = Uint8Array;

/** A hit. Source: cmd/go/internal/cache, Entry. */
export interface Entry {
  readonly outputID: OutputID;
  /** The length of the body in bytes, as the program says; getFile holds it against the file. */
  readonly size: number;
  /** When the body was put; the time of the answer where the program does not say. */
  readonly time: Temporal.Instant;
  /** The path of a file that holds the body, as the program says. It is there at least until close. */
  readonly diskPath: string;
}

/** A put that the program answered. */
export interface PutResult {
  /** SHA-256 of the body as it was sent. */
  readonly outputID: OutputID;
  /** The length of the body in bytes. */
  readonly size: number;
  /** The path of a file that holds the body, as the program says. */
  readonly diskPath: string;
}

/** An id in memory of its own. Not slice: that of a Buffer, as node:crypto returns one, shares its memory. */
export function copyID(id: Uint8Array): Uint8Array {
  return new Uint8Array(id);
}

/** @throws {ArgumentError} for anything but 32 bytes, with what came */
export function checkID(id: Uint8Array, name: string): void {
  if (!isBytes(id)) {
    throw new ArgumentError(`the ${name} is ${describe(id)}; expected a Uint8Array of 32 bytes`);
  }
  if (id.length !== 32) throw new ArgumentError(`the ${name} has ${id.length} bytes; expected 32`);
}
