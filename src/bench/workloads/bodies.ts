import { randomFrom } from "./keys.ts";

/** How many different words of four bytes bodies are made of. With 64, gzip leaves a quarter, as of go's archives. */
const vocabulary = 64;
/** The largest body, in bytes. */
const largest = 16 * 1024 * 1024;

/** What bodies are made of, from a seed. */
export class Bodies {
  readonly #words = new Uint32Array(largest / 4);
  readonly #bytes = new Uint8Array(this.#words.buffer);
  /** What the bodies are to be made of, until they are. */
  #seed: string | undefined;

  /** Has other bodies from now on: a program that has seen those before must not recognise them. */
  renew(seed: string): void {
    this.#seed = seed;
  }

  /** A body of its own: it may be changed. */
  copy(size: number): Uint8Array {
    this.#fill();
    return this.#bytes.slice(0, size);
  }

  /** One of many bodies of a size, valid until the next renewal. It must not be changed. */
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
