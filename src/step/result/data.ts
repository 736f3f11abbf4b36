import { type Pack, packSize, UnsoundResult } from "./manifest.ts";

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
  readonly #find: FindPack;
  readonly #found = new Map<number, Promise<string>>();

  constructor(inline: Uint8Array, packs: readonly Pack[], find: FindPack) {
    this.#inline = inline;
    this.#packs = packs;
    this.#find = find;
  }

  /**
   * Where `length` bytes from `offset` on are.
   * @throws (rejects) {UnsoundResult} a pack is gone
   */
  async place(offset: number, length: number): Promise<Place> {
    if (this.#packs.length === 0) return this.#inline.subarray(offset, offset + length);
    const pieces: Piece[] = [];
    for (let at = offset; at < offset + length; ) {
      const within = at % packSize;
      const most = Math.min(offset + length - at, packSize - within);
      pieces.push({ path: await this.#pathOf(Math.floor(at / packSize)), offset: within, length: most });
      at += most;
    }
    return pieces;
  }

  #pathOf(index: number): Promise<string> {
    const pack = this.#packs[index];
    if (pack === undefined) throw new UnsoundResult("it has fewer packs than data");
    const path = this.#found.get(index) ?? this.#find(pack);
    this.#found.set(index, path);
    return path;
  }
}
