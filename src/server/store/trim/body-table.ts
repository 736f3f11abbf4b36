const empty = 0;
const firstCapacity = 1 << 12;

/**
 * The bodies of a store: when each was last used, and its size. A hash table in typed arrays, of 16 bytes a slot, since
 * a Map of a million ids would take ten times as much. Two bodies whose ids share 8 bytes would count as one, and both
 * be kept.
 */
export class BodyTable {
  #high = new Uint32Array(firstCapacity);
  #low = new Uint32Array(firstCapacity);
  /** Seconds since 1970; 0 if nothing uses the body. */
  #used = new Uint32Array(firstCapacity);
  /** One more than the number of blocks; 0 if no file was seen. */
  #blocks = new Uint32Array(firstCapacity);
  #length = 0;

  /** Notes that a body is used by an entry that was used then. */
  use(high: number, low: number, seconds: number): void {
    const slot = this.#slot(high, low);
    if (seconds > (this.#used[slot] ?? 0)) this.#used[slot] = seconds;
  }

  /** Notes that the file of a body exists. @param blocks its size on disk */
  see(high: number, low: number, blocks: number): void {
    const slot = this.#slot(high, low);
    this.#blocks[slot] = blocks + 1;
  }

  /** When a body was last used; 0 if nothing uses it. */
  usedAt(high: number, low: number): number {
    const slot = this.#slot(high, low);
    return this.#used[slot] ?? 0;
  }

  /** Calls `visit` with the last use of each body that has a file, and its size on disk in blocks. */
  forEach(visit: (used: number, blocks: number) => void): void {
    for (let slot = 0; slot < this.#blocks.length; slot++) {
      const blocks = this.#blocks[slot] ?? 0;
      if (blocks > 0) visit(this.#used[slot] ?? 0, blocks - 1);
    }
  }

  /** May replace the arrays: call it before reading one of them. */
  #slot(high: number, low: number): number {
    const key = low === empty ? 1 : low;
    const slot = this.#find(high, key);
    if (this.#low[slot] !== empty) return slot;
    if (this.#length * 4 >= this.#low.length * 3) {
      this.#grow();
      return this.#slot(high, low);
    }
    this.#length++;
    this.#high[slot] = high;
    this.#low[slot] = key;
    return slot;
  }

  /** The slot of a key, or the free one where it belongs. Ids are hashes, so their bits need no mixing. */
  #find(high: number, low: number): number {
    const mask = this.#low.length - 1;
    let slot = low & mask;
    while (this.#low[slot] !== empty && (this.#low[slot] !== low || this.#high[slot] !== high))
      slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [high, low, used, blocks] = [this.#high, this.#low, this.#used, this.#blocks];
    const capacity = low.length * 2;
    this.#high = new Uint32Array(capacity);
    this.#low = new Uint32Array(capacity);
    this.#used = new Uint32Array(capacity);
    this.#blocks = new Uint32Array(capacity);
    for (let from = 0; from < low.length; from++) {
      const key = low[from] ?? empty;
      if (key === empty) continue;
      const to = this.#find(high[from] ?? 0, key);
      this.#high[to] = high[from] ?? 0;
      this.#low[to] = key;
      this.#used[to] = used[from] ?? 0;
      this.#blocks[to] = blocks[from] ?? 0;
    }
  }
}
