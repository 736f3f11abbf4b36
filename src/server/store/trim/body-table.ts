const empty = 0;
const firstCapacity = 1 << 12;

/** What a slot holds, as offsets: the two halves of the key, the last use, and the size. */
const [high, low, used, blocks] = [0, 1, 2, 3];
const slotLength = 4;

/**
 * The bodies of a store: when each was last used, and its size. A hash table in a typed array, of 16 bytes a slot, since
 * a Map of a million ids would take ten times as much. A slot is in one piece: in a large table, each other place in
 * memory is a cache miss. Two bodies whose ids share 8 bytes would count as one, and both be kept.
 */
export class BodyTable {
  /**
   * In each slot: the two halves of the key, of which the second is {@link empty} in a free one; the last use in seconds
   * since 1970, 0 if nothing uses the body; and one more than the number of blocks, 0 if no file was seen.
   */
  #slots = new Uint32Array(firstCapacity * slotLength);
  #length = 0;

  /** Notes that a body is used by an entry that was used then. */
  use(first: number, second: number, seconds: number): void {
    const slot = this.#slot(first, second);
    if (seconds > this.#at(slot + used)) this.#slots[slot + used] = seconds;
  }

  /** Notes that the file of a body exists. @param size its size on disk, in blocks */
  see(first: number, second: number, size: number): void {
    const slot = this.#slot(first, second);
    this.#slots[slot + blocks] = size + 1;
  }

  /** When a body was last used; 0 if nothing uses it. */
  usedAt(first: number, second: number): number {
    return this.#at(this.#slot(first, second) + used);
  }

  /** Calls `visit` with the last use of each body that has a file, and its size on disk in blocks. */
  forEach(visit: (used: number, blocks: number) => void): void {
    for (let slot = 0; slot < this.#slots.length; slot += slotLength) {
      const size = this.#at(slot + blocks);
      if (size > 0) visit(this.#at(slot + used), size - 1);
    }
  }

  #at(index: number): number {
    return this.#slots[index] ?? 0;
  }

  /** The offset of the slot of a key, which it takes if need be. May replace the array. */
  #slot(first: number, second: number): number {
    const key = second === empty ? 1 : second;
    const slot = this.#find(first, key);
    if (this.#at(slot + low) !== empty) return slot;
    if (this.#length * slotLength * 4 >= this.#slots.length * 3) {
      this.#grow();
      return this.#slot(first, second);
    }
    this.#length++;
    this.#slots[slot + high] = first;
    this.#slots[slot + low] = key;
    return slot;
  }

  /** The slot of a key, or the free one where it belongs. Ids are hashes, so their bits need no mixing. */
  #find(first: number, second: number): number {
    const mask = this.#slots.length - 1;
    let slot = (second << 2) & mask;
    for (;;) {
      const found = this.#at(slot + low);
      if (found === empty || (found === second && this.#at(slot + high) === first)) return slot;
      slot = (slot + slotLength) & mask;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (let from = 0; from < old.length; from += slotLength) {
      const key = old[from + low] ?? empty;
      if (key === empty) continue;
      const to = this.#find(old[from + high] ?? 0, key);
      for (let offset = 0; offset < slotLength; offset++) this.#slots[to + offset] = old[from + offset] ?? 0;
    }
  }
}
