import { createHash, randomBytes } from "node:crypto";

/** A new action id: 32 random bytes, so that not even a shared cache has an entry for it. */
export function newAction(): Uint8Array {
  return new Uint8Array(randomBytes(32));
}

/** New action ids. */
export function newActions(count: number): Uint8Array[] {
  return Array.from({ length: count }, newAction);
}

/** A body of random bytes, which no store has yet. */
export function newBody(size: number): Uint8Array {
  return new Uint8Array(randomBytes(size));
}

/** The output id of a body: its SHA-256. */
export function outputOf(body: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(body).digest());
}
