import { lstatSync } from "node:fs";
import { EntryReader } from "./entry-reader.ts";
import { highOf, isEntry, listPlace, wordOf } from "./places.ts";

/** What is in one place of a store, as columns of numbers, which a thread hands over without a copy. */
export interface PlaceCount {
  /** The first byte of the ids. */
  readonly place: number;
  /** Of each entry: {@link wordOf} its name. */
  readonly words: Uint32Array<ArrayBuffer>;
  /** Of each entry: the last use, in seconds since 1970, which a wrong clock may have put in the future. */
  readonly uses: Uint32Array<ArrayBuffer>;
  /** Of each entry: the first 8 bytes of the OutputID, as two numbers; two zeros if it's damaged. */
  readonly outputs: Uint32Array<ArrayBuffer>;
  /** Of each body, four numbers: the first 8 bytes of its id as two, its mtime in seconds since 1970, its blocks. */
  readonly bodies: Uint32Array<ArrayBuffer>;
  /** What one entry takes on disk, in bytes: all have the same length. 0 if there is none. */
  readonly entryBytes: number;
  /** The sum of the lengths of all files, in bytes. */
  readonly apparentBytes: number;
  /** The first error of the directory or of an entry that couldn't be read. */
  readonly problem: unknown;
}

/** The unit of st_blocks, whatever the block size of the file system. */
export const blockUnit = 512;

/** The size of a file on disk, in blocks. Some file systems report none for a file they haven't written yet. */
export function blocksOf({ size, blocks }: { readonly size: number; readonly blocks: number }): number {
  return blocks > 0 ? blocks : Math.ceil(size / blockUnit);
}

const ifThere = { throwIfNoEntry: false } as const;

/** Counts one place of a store. Other processes may use it meanwhile. It doesn't throw. */
export function countPlace(directory: string, place: number): PlaceCount {
  using counter = new PlaceCounter(place);
  counter.count(directory);
  return counter.result();
}

class PlaceCounter implements Disposable {
  readonly #place: number;
  readonly #reader = new EntryReader();
  #words = new Uint32Array();
  #uses = new Uint32Array();
  #outputs = new Uint32Array();
  #bodies = new Uint32Array();
  #entryCount = 0;
  #bodyCount = 0;
  #entryBytes = 0;
  #apparentBytes = 0;
  #problem: unknown;

  constructor(place: number) {
    this.#place = place;
  }

  count(directory: string): void {
    try {
      const { path, names } = listPlace(directory, this.#place);
      const most = names.filter(isEntry).length;
      this.#words = new Uint32Array(most);
      this.#uses = new Uint32Array(most);
      this.#outputs = new Uint32Array(most * 2);
      this.#bodies = new Uint32Array((names.length - most) * 4);
      for (const name of names) {
        if (isEntry(name)) this.#addEntry(path + name, name);
        else this.#addBody(path + name, name);
      }
    } catch (error) {
      this.#problem ??= error;
    }
  }

  result(): PlaceCount {
    return {
      place: this.#place,
      words: this.#words.slice(0, this.#entryCount),
      uses: this.#uses.slice(0, this.#entryCount),
      outputs: this.#outputs.slice(0, this.#entryCount * 2),
      bodies: this.#bodies.slice(0, this.#bodyCount * 4),
      entryBytes: this.#entryBytes,
      apparentBytes: this.#apparentBytes,
      problem: this.#problem,
    };
  }

  [Symbol.dispose](): void {
    this.#reader.close();
  }

  #addEntry(path: string, name: string): void {
    const kind = this.#reader.read(path);
    if (kind === "unreadable") this.#problem ??= unreadable(path);
    if (kind !== "entry") return;
    if (this.#entryCount === 0) this.#entryBytes = blocksOf(lstatSync(path)) * blockUnit;
    const at = this.#entryCount++;
    this.#words[at] = wordOf(name);
    this.#uses[at] = inRange(this.#reader.used);
    if (this.#reader.hasBody) {
      this.#outputs[2 * at] = this.#reader.high;
      this.#outputs[2 * at + 1] = this.#reader.low;
    }
    this.#apparentBytes += this.#reader.length;
  }

  #addBody(path: string, name: string): void {
    const stat = lstatSync(path, ifThere);
    if (stat?.isFile() !== true) return;
    const at = 4 * this.#bodyCount++;
    this.#bodies[at] = highOf(name);
    this.#bodies[at + 1] = wordOf(name);
    this.#bodies[at + 2] = inRange(Math.floor(stat.mtimeMs / 1000));
    this.#bodies[at + 3] = blocksOf(stat);
    this.#apparentBytes += stat.size;
  }
}

/** The error of an entry whose body isn't known. */
export function unreadable(path: string): Error {
  return new Error(`${path} can't be read, so no body was removed`);
}

/** Before 1970 is as good as 1970, and the far future as the farther one. */
function inRange(seconds: number): number {
  return Math.min(Math.max(0, seconds), 0xffff_ffff);
}
