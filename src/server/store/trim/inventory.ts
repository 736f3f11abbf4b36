import { BodyTable } from "./body-table.ts";
import { blockUnit, type PlaceCount } from "./count-place.ts";
import { type Limits, lowWater, protectedFor } from "./limits.ts";

/** A number of entries and bodies, and what they take on disk, in bytes. */
export interface Amount {
  readonly entries: number;
  readonly bodies: number;
  readonly diskBytes: number;
}

const none = new Uint32Array();

/** The entries of a place: {@link wordOf} each name, and the last use in seconds since 1970. */
interface Uses {
  readonly words: Uint32Array;
  readonly uses: Uint32Array;
}

/** What is in a store: how much, and when it was used. In about 40 bytes an entry, whatever its size. */
export class Inventory {
  readonly bodies = new BodyTable();
  /** When the count began, in seconds since 1970. What is used later counts as in use. */
  readonly now: number;
  readonly #places: (Uses | undefined)[] = [];
  /** The words of damaged entries. Their uses may have been being written, so they have to be read again. */
  readonly #damaged = new Set<number>();
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

  /** Whether an entry was damaged, so its body isn't known. */
  get hasDamaged(): boolean {
    return this.#damaged.size > 0;
  }

  /** Adds what is in one place. It takes the arrays over. */
  add({ place, words, uses, outputs, bodies, entryBytes, apparentBytes }: PlaceCount): void {
    for (let at = 0; at < words.length; at++) {
      const used = plausible(uses[at] ?? 0, this.now);
      uses[at] = used;
      const [high, low] = [outputs[2 * at] ?? 0, outputs[2 * at + 1] ?? 0];
      if (high === 0 && low === 0) this.#damaged.add(words[at] ?? 0);
      else this.bodies.use(high, low, used);
      this.#oldest = Math.min(this.#oldest, used);
      this.#newest = Math.max(this.#newest, used);
    }
    for (let at = 0; at < bodies.length; at += 4)
      this.#addBody(bodies[at] ?? 0, bodies[at + 1] ?? 0, bodies[at + 2] ?? 0, bodies[at + 3] ?? 0);
    this.#places[place] = { words, uses };
    this.#entries += words.length;
    this.#entryBytes ||= entryBytes;
    this.#apparent += apparentBytes;
  }

  /** @param seconds when the file of the body was put */
  #addBody(high: number, low: number, seconds: number, blocks: number): void {
    this.bodies.see(high, low, blocks);
    // A body without an entry may belong to a put that goes on.
    if (this.isInUse(seconds)) this.bodies.use(high, low, seconds);
  }

  /** Notes that a body was used, by an entry that was read later. */
  noteUse(high: number, low: number, seconds: number): void {
    this.bodies.use(high, low, plausible(seconds, this.now));
  }

  /**
   * The words of the entries of a place that were used at `from` or later, and are whole. An older entry may have the
   * same word: of a million, a quarter of the time. Then it's not among them.
   */
  usedSince(from: number, place: number): ReadonlySet<number> {
    const found = new Set<number>();
    const { words = none, uses = none } = this.#places[place] ?? {};
    for (let at = 0; at < words.length; at++) {
      const word = words[at] ?? 0;
      if ((uses[at] ?? 0) >= from && !this.#damaged.has(word)) found.add(word);
    }
    for (let at = 0; at < words.length; at++) if ((uses[at] ?? 0) < from) found.delete(words[at] ?? 0);
    return found;
  }

  /** Whether a running build may depend on what was used or put then. */
  isInUse(seconds: number): boolean {
    return isInUse(seconds, this.now);
  }

  /** What was used at `from` or later, and before `to`. */
  between(from: number, to: number): Amount {
    let entries = 0;
    for (const place of this.#places)
      for (const used of place?.uses ?? none) if (used >= from && used < to) entries++;
    let bodies = 0;
    let blocks = 0;
    this.bodies.forEach((used, size) => {
      if (used < from || used >= to) return;
      bodies++;
      blocks += size;
    });
    return { entries, bodies, diskBytes: entries * this.#entryBytes + blocks * blockUnit };
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

/** A use far in the future is from a clock that was wrong: it counts as the first to go. */
export function plausible(used: number, now: number): number {
  return used > now && !isInUse(used, now) ? 1 : used;
}
