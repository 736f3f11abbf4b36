/** Memory that is kept for the next value, once it is there. */
const kept = 64 * 1024;

/**
 * The bytes of a value that has begun and not ended yet. Room doubles as it fills up, so that what is copied stays in
 * proportion to what came, in however small pieces it came.
 */
export class Held {
  #room = new Uint8Array(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#room.length) {
      const room = new Uint8Array(Math.max(length, 2 * this.#room.length));
      room.set(this.#room.subarray(0, this.#length));
      this.#room = room;
    }
    this.#room.set(bytes, this.#length);
    this.#length = length;
  }

  /** The bytes, valid until the next call of append. */
  bytes(): Uint8Array {
    return this.#room.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    if (this.#room.length > kept) this.#room = new Uint8Array(0);
  }
}
