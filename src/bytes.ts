import { ArgumentError } from "./errors.ts";

/** Whether a value is a real Uint8Array. A Proxy of one, or an object that inherits from one, has no bytes. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && value instanceof Uint8Array;
}

const byteLength = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, "byteLength")?.get;

/** Whether a value is a real ArrayBuffer, not a Proxy of one or an object that inherits from one: their getters throw. */
export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  try {
    return typeof byteLength?.call(value) === "number";
  } catch {
    return false;
  }
}

/**
 * Tells an array whose ArrayBuffer was transferred from an empty one: both have length 0.
 *
 * @throws {ArgumentError} for a detached buffer
 */
export function checkAttached(buffer: ArrayBufferLike, what: string): void {
  if ("detached" in buffer && buffer.detached) {
    throw new ArgumentError(`${what} no longer has bytes: its ArrayBuffer was transferred`);
  }
}
