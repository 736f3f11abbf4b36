import { BodyTable } from "./body-table.ts";
import { type Limits, lowWater, protectedFor } from "./limits.ts";

/** A number of entries and bodies, and what they take on disk, in bytes. */
export interface Amount {
  readonly entries: number;
  readonly bodies: number;
  readonly diskBytes: number;
}

/** What is in a store: how much, and when it was used. In about 40 bytes an entry, whatever its size. */
export class Inventory {
  readonly bodies = new BodyTable();
  /** When the count began, in seconds since 1970. What is used later counts as in use. */
  readonly now: number;
  /** The last use of each entry, in seconds since 1970. */
  #used = new Uint32Array(1 << 12);
  #entries = 0;
  #apparent = 0;
  #oldest = Number.POSITIVE_INFINITY;
  #newest = Number.NEGATIVE_INFINITY;
  /** What one entry takes on disk: all have the same length. */
  #entryBytes = 0;

  constructor(now: number) {
    this.now = now;
  }

  get entries(): number {
    return this.#entries;
  }

  /** The sum of the lengths of all files, in bytes. */
  get apparentBytes(): number {
    return this.#apparent;
  }

  /** The first and the last use of an entry, in seconds since 1970; undefined if there is no entry. */
  get uses(): { readonly oldest: number; readonly newest: number } | undefined {
    return this.#entries === 0 ? undefined : { oldest: this.#oldest, newest: this.#newest };
  }

  /** What one entry takes on disk, in bytes. */
  get entryBytes(): number {
    return this.#entryBytes;
  }

  set entryBytes(bytes: number) {
    this.#entryBytes = bytes;
  }

  addEntry(used: number, length: number): void {
    if (this.#entries === this.#used.length) {
      const larger = new Uint32Array(this.#used.length * 2);
      larger.set(this.#used);
      this.#used = larger;
    }
    this.#used[this.#entries++] = used;
    this.#apparent += length;
    this.#oldest = Math.min(this.#oldest, used);
    this.#newest = Math.max(this.#newest, used);
  }

  /** @param seconds when the file of the body was put */
  addBody(high: number, low: number, seconds: number, length: number, diskBytes: number): void {
    this.bodies.see(high, low, diskBytes);
    // A body without an entry may belong to a put that goes on.
    if (this.isInUse(seconds)) this.bodies.use(high, low, seconds);
    this.#apparent += length;
  }

  /** Whether a running build may depend on what was used or put then. */
  isInUse(seconds: number): boolean {
    return isInUse(seconds, this.now);
  }

  /** What was used at `from` or later, and before `to`. */
  between(from: number, to: number): Amount {
    let entries = 0;
    for (let at = 0; at < this.#entries; at++) {
      const used = this.#used[at] ?? 0;
      if (used >= from && used < to) entries++;
    }
    let bodies = 0;
    let diskBytes = entries * this.#entryBytes;
    this.bodies.forEach((used, bytes) => {
      if (used < from || used >= to) return;
      bodies++;
      diskBytes += bytes;
    });
    return { entries, bodies, diskBytes };
  }

  get total(): Amount {
    return this.between(0, Number.POSITIVE_INFINITY);
  }

  /**
   * The use before which entries have to go, in seconds since 1970. Bodies without an entry have to go in any case, so
   * it's at least 1.
   */
  cutoff({ maxSize, maxAge }: Limits): number {
    const latest = Math.max(1, this.now - protectedFor);
    const byAge = Math.min(latest, Math.max(1, this.now - maxAge));
    if (this.#from(byAge) <= maxSize) return byAge;
    // The first second from which on it fits.
    let [low, high] = [byAge, latest];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#from(middle) <= maxSize * lowWater) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #from(seconds: number): number {
    return this.between(seconds, Number.POSITIVE_INFINITY).diskBytes;
  }
}

/** A time far in the future comes from a clock that was wrong; a use since then would have corrected it. */
export function isInUse(seconds: number, now: number): boolean {
  return Math.abs(now - seconds) <= protectedFor;
}
