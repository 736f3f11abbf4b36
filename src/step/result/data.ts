import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { type Pack, packSize, UnsoundResult } from "./manifest.ts";

/** How much is read at a time, in bytes. */
const chunkSize = 1024 * 1024;

/** Finds the body of a pack in the cache. Returns the path of its file. @throws {UnsoundResult} the cache has lost it */
export type FindPack = (pack: Pack) => Promise<string>;

/**
 * The data of a result, read a chunk at a time from the manifest or from the packs. A pack is looked up when it's first
 * needed. Close it when done.
 */
export class Data {
  readonly #inline: Uint8Array;
  readonly #packs: readonly Pack[];
  readonly #find: FindPack;
  readonly #buffer: Uint8Array;
  #open: { readonly index: number; readonly fd: number } | undefined;

  constructor(inline: Uint8Array, packs: readonly Pack[], find: FindPack) {
    this.#inline = inline;
    this.#packs = packs;
    this.#find = find;
    this.#buffer = new Uint8Array(packs.length === 0 ? 0 : Math.min(chunkSize, packs[0]?.size ?? 0));
  }

  /**
   * Reads `length` bytes from `offset` on. A chunk is valid until the next one is asked for.
   * @throws (rejects) {UnsoundResult} a pack is gone or too short
   */
  async *read(offset: number, length: number): AsyncGenerator<Uint8Array> {
    if (this.#packs.length === 0) {
      if (length > 0) yield this.#inline.subarray(offset, offset + length);
      return;
    }
    for (let at = offset; at < offset + length; ) {
      const index = Math.floor(at / packSize);
      const within = at % packSize;
      const fd = this.#open?.index === index ? this.#open.fd : await this.#openPack(index);
      const most = Math.min(offset + length - at, packSize - within, this.#buffer.length);
      const read = readSync(fd, this.#buffer, 0, most, within);
      if (read === 0) throw new UnsoundResult("a pack is shorter than it should be");
      yield this.#buffer.subarray(0, read);
      at += read;
    }
  }

  close(): void {
    if (this.#open !== undefined) closeSync(this.#open.fd);
    this.#open = undefined;
  }

  async #openPack(index: number): Promise<number> {
    const pack = this.#packs[index];
    if (pack === undefined) throw new UnsoundResult("it has fewer packs than data");
    const path = await this.#find(pack);
    this.close();
    try {
      // The file belongs to a foreign program: it may be anything.
      const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      this.#open = { index, fd };
      if (fstatSync(fd).isFile()) return fd;
    } catch (cause) {
      throw new UnsoundResult(`a pack can't be opened: ${cause instanceof Error ? cause.message : cause}`, {
        cause,
      });
    }
    throw new UnsoundResult("a pack isn't a regular file");
  }
}
