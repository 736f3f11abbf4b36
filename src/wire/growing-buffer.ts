/** Once allocated, this much memory is kept for the next value. */
const kept = 64 * 1024;

/**
 * Collects the bytes of a value that arrives in several chunks. The buffer doubles when it's full, so the bytes copied
 * stay proportional to the bytes received, however small the chunks.
 */
export class GrowingBuffer {
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

  /** The bytes so far, valid until the next append. */
  bytes(): Uint8Array {
    return this.#room.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    if (this.#room.length > kept) this.#room = new Uint8Array(0);
  }
}
