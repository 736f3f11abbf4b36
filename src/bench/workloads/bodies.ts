import { randomFrom } from "./keys.ts";

/** The number of different four-byte words in bodies. With 64, gzip shrinks them to a quarter, as it does go's archives. */
const vocabulary = 64;
/** The largest body, in bytes. */
const largest = 16 * 1024 * 1024;

/** Makes bodies from a seed. */
export class Bodies {
  readonly #words = new Uint32Array(largest / 4);
  readonly #bytes = new Uint8Array(this.#words.buffer);
  /** The seed of bodies that haven't been generated yet. */
  #seed: string | undefined;

  /** Switches to different bodies, which no program has seen before. */
  renew(seed: string): void {
    this.#seed = seed;
  }

  /** A copy of a body, which may be changed. */
  copy(size: number): Uint8Array {
    this.#fill();
    return this.#bytes.slice(0, size);
  }

  /** One of many bodies of a size. Valid until renew() and must not be changed. */
  at(index: number, size: number): Uint8Array {
    this.#fill();
    const room = largest - size;
    const start = room === 0 ? 0 : (index * 4_099) % room;
    return this.#bytes.subarray(start, start + size);
  }

  #fill(): void {
    if (this.#seed === undefined) return;
    const random = randomFrom(this.#seed);
    this.#seed = undefined;
    const words = Uint32Array.from({ length: vocabulary }, random);
    for (let at = 0; at < this.#words.length; at++) this.#words[at] = words[random() % vocabulary] ?? 0;
  }
}
