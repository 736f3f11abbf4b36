/**
 * Makes action ids that were never put before. They come from a seed that differs in every run, and are spread as evenly
 * as hashes, since a store may sort its entries by their first bytes.
 */
export class Keys {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #count = 0;

  constructor(seed: string) {
    this.#bytes = digest(seed);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** The next id. Valid until the next call: the client copies it. */
  next(): Uint8Array {
    return this.at(this.#count++);
  }

  /** The id with a number. Valid until the next call. */
  at(index: number): Uint8Array {
    this.#view.setUint32(0, scramble(index));
    this.#view.setUint32(4, index);
    return this.#bytes;
  }
}

function digest(seed: string): Uint8Array {
  return new Uint8Array(new Bun.CryptoHasher("sha256").update(seed).digest());
}

/** Maps 32-bit numbers to scattered ones, one to one. The steps are those of a 32-bit hash finalizer. */
function scramble(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Pseudo-random 32-bit numbers from a seed: fast, and good enough for bodies. */
export function randomFrom(seed: string): () => number {
  let state = new DataView(digest(seed).buffer).getUint32(0);
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    return scramble(state);
  };
}
