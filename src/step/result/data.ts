import { type Pack, UnsoundResult } from "./manifest.ts";

/** Finds the body of a pack in the cache. Returns the path of its file. @throws {UnsoundResult} the cache has lost it */
export type FindPack = (pack: Pack) => Promise<string>;

/** A part of a file. */
export interface Piece {
  /** Absolute. The file may belong to a foreign program: it may be anything. */
  readonly path: string;
  readonly offset: number;
  /** In bytes, above 0. */
  readonly length: number;
}

/** Where some data is: in memory, or in pieces of files, one after another. */
export type Place = Uint8Array | readonly Piece[];

/** The data of a result: in the manifest or in packs. A pack is looked up once, when it's first needed. */
export class Data {
  readonly #inline: Uint8Array;
  readonly #packs: readonly Pack[];
  /** Where each pack begins in the data. */
  readonly #starts: readonly number[];
  readonly #find: FindPack;
  readonly #found = new Map<number, Promise<string>>();

  constructor(inline: Uint8Array, packs: readonly Pack[], find: FindPack) {
    this.#inline = inline;
    this.#packs = packs;
    let at = 0;
    this.#starts = packs.map(({ size }) => {
      at += size;
      return at - size;
    });
    this.#find = find;
  }

  /**
   * Where `length` bytes from `offset` on are.
   * @throws (rejects) {UnsoundResult} a pack is gone
   */
  async place(offset: number, length: number): Promise<Place> {
    if (this.#packs.length === 0) return this.#inline.subarray(offset, offset + length);
    const pieces: Piece[] = [];
    for (let at = offset, index = this.#packAt(offset); at < offset + length; index++) {
      const pack = this.#packs[index];
      if (pack === undefined) throw new UnsoundResult("it has fewer packs than data");
      const within = at - (this.#starts[index] ?? 0);
      const most = Math.min(offset + length - at, pack.size - within);
      pieces.push({ path: await this.#pathOf(pack, index), offset: within, length: most });
      at += most;
    }
    return pieces;
  }

  /** The index of the pack that has the byte at `offset`. */
  #packAt(offset: number): number {
    let [low, high] = [0, this.#starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low;
  }

  #pathOf(pack: Pack, index: number): Promise<string> {
    const path = this.#found.get(index) ?? this.#find(pack);
    this.#found.set(index, path);
    return path;
  }
}
