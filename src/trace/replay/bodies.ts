import { randomFrom } from "./keys.ts";

/** The number of different four-byte words in bodies. With 64, gzip shrinks them to a quarter, as it does go's archives. */
const vocabulary = 64;
/** How many bits choose one of them. */
const bits = 6;
/** The largest body for which no room has to be reserved, in bytes. */
const usual = 16 * 1024 * 1024;

/** Makes bodies from a seed. */
export class Bodies {
  #words = new Uint32Array(usual / 4);
  #bytes = new Uint8Array(this.#words.buffer);
  #seed = "";
  #isFilled = false;

  /** Switches to different bodies, which no program has seen before. */
  renew(seed: string): void {
    this.#seed = seed;
    this.#isFilled = false;
  }

  /**
   * Makes room for bodies of up to a size, in bytes, and generates them now, which takes time. Beyond 16 MiB, bodies
   * change with the room.
   */
  reserve(size: number): void {
    if (size > this.#bytes.length) {
      this.#words = new Uint32Array(Math.ceil(size / 4));
      this.#bytes = new Uint8Array(this.#words.buffer);
      this.#isFilled = false;
    }
    this.#fill();
  }

  /** A copy of a body, which may be changed. */
  copy(size: number): Uint8Array {
    this.#fill();
    return this.#bytes.slice(0, size);
  }

  /** One of many bodies of a size. Valid until renew() and must not be changed. */
  at(index: number, size: number): Uint8Array {
    this.#fill();
    const room = this.#bytes.length - size;
    if (room < 0) throw new Error(`bug in replay: no room was reserved for a body of ${size} bytes`);
    const start = room === 0 ? 0 : (index * 4_099) % room;
    return this.#bytes.subarray(start, start + size);
  }

  #fill(): void {
    if (this.#isFilled) return;
    this.#isFilled = true;
    const random = randomFrom(this.#seed);
    const words = Uint32Array.from({ length: vocabulary }, random);
    // A random number takes longer than the rest, so each chooses as many words as it has bits for.
    const all = this.#words;
    for (let at = 0, choices = 0, left = 0; at < all.length; at++) {
      if (left < bits) {
        choices = random();
        left = 32;
      }
      all[at] = words[choices & (vocabulary - 1)] ?? 0;
      choices >>>= bits;
      left -= bits;
    }
  }
}
