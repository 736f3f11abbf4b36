import { ArgumentError } from "./errors.ts";

/** Whether a value is a Uint8Array, and no Proxy of one or object that inherits from one: those have no bytes. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && value instanceof Uint8Array;
}

/**
 * An array whose ArrayBuffer was transferred has a length of 0, as an empty one has.
 *
 * @throws {ArgumentError} for memory that is another's by now
 */
export function checkAttached(buffer: ArrayBufferLike, what: string): void {
  if ("detached" in buffer && buffer.detached) {
    throw new ArgumentError(`${what} has no bytes any more: its ArrayBuffer was transferred`);
  }
}
