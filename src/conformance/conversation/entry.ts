import { createHash, randomBytes } from "node:crypto";

/** A new action id, so that a cache that is shared with others has no entry for it: 32 random bytes. */
export function newAction(): Uint8Array {
  return new Uint8Array(randomBytes(32));
}

/** So many action ids that nobody has put. */
export function newActions(count: number): Uint8Array[] {
  return Array.from({ length: count }, newAction);
}

/** A body of random bytes, so that no store has it yet. */
export function newBody(size: number): Uint8Array {
  return new Uint8Array(randomBytes(size));
}

/** SHA-256, as an OutputID. */
export function outputOf(body: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(body).digest());
}
