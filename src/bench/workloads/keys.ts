/**
 * Action ids that nobody has put before, one after another: they come from a seed, differ in every run, and are spread
 * as evenly as hashes are, since a store may sort its entries by their first bytes.
 */
export class Keys {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #count = 0;

  constructor(seed: string) {
    this.#bytes = digest(seed);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** The next one. It is valid until the next: the client copies it. */
  next(): Uint8Array {
    return this.at(this.#count++);
  }

  /** The one with a number. It is valid until the next. */
  at(index: number): Uint8Array {
    this.#view.setUint32(0, scramble(index));
    this.#view.setUint32(4, index);
    return this.#bytes;
  }
}

function digest(seed: string): Uint8Array {
  return new Uint8Array(new Bun.CryptoHasher("sha256").update(seed).digest());
}

/** Another number of 32 bits for each, without an order. The steps are those of a 32-bit finalizer as hashes end with. */
function scramble(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Random numbers of 32 bits from a seed: fast, and good enough to make bodies of. */
export function randomFrom(seed: string): () => number {
  let state = new DataView(digest(seed).buffer).getUint32(0);
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    return scramble(state);
  };
}
