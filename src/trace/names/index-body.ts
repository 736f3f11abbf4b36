/*
 * The body of an index. Numbers have 32 bits, little-endian. A string is its place in the table of strings, where its length
 * stands before it, as a varint. Source: cmd/go/internal/modindex, write.go
 *
 *   the index     "go index v2\n", the place of the table of strings, the number of packages, and of each: directory, place
 *   a package     error, directory, the number of files, and of each: place
 *   a file        5 strings, 2 booleans, 2 strings, the number of lines, lines, imports, embeds, directives
 *   an import     path, position; the other two are alike
 *   a position    file, offset, line, column
 */

/** What an index begins with. */
export const indexMagic = "go index v2\n";

/**
 * The directory of an index; of the index of a module, with many packages, that of the module. It's absolute if a file of
 * it has an import, because the positions of imports have whole paths. Otherwise it's relative to the module.
 *
 * @returns undefined if it isn't a whole index
 */
export function indexedDirectory(body: Uint8Array): string | undefined {
  try {
    return new IndexBody(body).directory();
  } catch (error) {
    if (error instanceof RangeError) return undefined; // it's cut
    throw error;
  }
}

class IndexBody {
  readonly #bytes: Buffer;
  readonly #table: number;
  #place = indexMagic.length;
  #left: number;

  constructor(body: Uint8Array) {
    this.#bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    this.#left = body.length;
    this.#table = this.#number();
  }

  directory(): string {
    const packages = this.#list(() => ({ directory: this.#string(), place: this.#number() }));
    for (const { directory, place } of packages) {
      const path = this.#pathIn(place);
      const end = path === undefined ? -1 : path.lastIndexOf("/");
      if (path === undefined || end === -1) continue;
      const absolute = path.slice(0, end);
      if (packages.length === 1) return absolute;
      if (directory === "") return absolute;
      if (absolute.endsWith(`/${directory}`)) return absolute.slice(0, -directory.length - 1);
    }
    return packages.length === 1 ? (packages[0]?.directory ?? "") : "";
  }

  /** The path of a file of the package at a place. */
  #pathIn(place: number): string | undefined {
    this.#place = place;
    this.#skip(2);
    for (const file of this.#list(() => this.#number())) {
      this.#place = file;
      this.#skip(9);
      this.#list(() => this.#number());
      for (let lists = 3; lists > 0; lists--) {
        const [path] = this.#list(() => this.#positioned());
        if (path !== undefined) return path;
      }
    }
    return undefined;
  }

  #positioned(): string {
    this.#skip(1);
    const path = this.#string();
    this.#skip(3);
    return path;
  }

  #list<T>(read: () => T): T[] {
    const length = this.#number();
    return Array.from({ length }, read);
  }

  #number(): number {
    const value = this.#bytes.readUInt32LE(this.#place);
    this.#skip(1);
    return value;
  }

  /** A made-up index could name the same files again and again: no more is read than a real one has, many times over. */
  #skip(numbers: number): void {
    this.#left -= numbers;
    if (this.#left < 0) throw new RangeError("an index that is read for ever");
    this.#place += 4 * numbers;
  }

  #string(): string {
    let place = this.#table + this.#number();
    let length = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#bytes.readUInt8(place++);
      length |= (byte & 0x7f) << shift;
      if (byte < 0x80) return this.#bytes.toString("utf8", place, place + length);
    }
    throw new RangeError("a string that is longer than the index");
  }
}
