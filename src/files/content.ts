import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { changed, lost } from "./failure.ts";
import { isFresh } from "./fresh.ts";

/** Content is read in chunks of this many bytes, into the same memory. */
const chunkSize = 1024 * 1024;
/** If no file is larger than this, so is the memory: 1 MiB takes 0.4 ms to get, which is more than most steps read. */
const smallSize = 64 * 1024;

// O_NOFOLLOW, O_NONBLOCK: if a symbolic link or a FIFO takes the file's place, open must not follow it or wait for a writer.
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** What a file held, and its status from right after it was read. */
export interface Content {
  readonly digest: Uint8Array;
  readonly stats: BigIntStats;
}

/** Hashes files, one at a time. */
export class ContentReader {
  #memory = new Uint8Array(0);
  readonly #pause: () => Promise<void> | undefined;

  /** @param pause called between chunks; what it returns is awaited */
  constructor(pause: () => Promise<void> | undefined) {
    this.#pause = pause;
  }

  /**
   * The SHA-256 of a regular file.
   *
   * @param shown the path in messages
   * @param before the file's status
   * @throws (rejects) {CacheProgError} `FILE_CHANGED` if the content may be from two moments; `FILE_UNREADABLE`
   */
  async read(path: string, shown: string, before: BigIntStats): Promise<Content> {
    const first = await this.#once(path, shown, before);
    // A changed ctime alone means chmod, link or rename, or a write that reset the mtime. The content tells.
    if (first.stats.ctimeNs === before.ctimeNs && !isFresh(first.stats)) return first;
    const second = await this.#once(path, shown, first.stats);
    if (Buffer.compare(first.digest, second.digest) !== 0) throw changed(shown, "its content differs");
    return second;
  }

  async #once(path: string, shown: string, before: BigIntStats): Promise<Content> {
    const file = opened(path, shown);
    try {
      const { size, digest } = await this.#hash(file, before.size);
      const stats = fstatSync(file, { bigint: true });
      if (!stats.isFile() || stats.ino !== before.ino) throw changed(shown, "another file took its place");
      if (stats.mtimeNs !== before.mtimeNs) throw changed(shown, "its modification time differs");
      if (stats.size !== before.size || stats.size !== BigInt(size))
        throw changed(shown, `it had ${before.size} bytes, then ${stats.size}, and ${size} were read`);
      return { digest, stats };
    } catch (cause) {
      throw cause instanceof Error && "syscall" in cause ? lost("file", shown, cause) : cause;
    } finally {
      closeSync(file);
    }
  }

  async #hash(file: number, expected: bigint): Promise<{ size: number; digest: Uint8Array }> {
    const hasher = new Bun.CryptoHasher("sha256");
    const length = expected < smallSize ? smallSize : chunkSize;
    if (this.#memory.length < length) this.#memory = new Uint8Array(length);
    const memory = this.#memory;
    for (let size = 0; ; ) {
      const read = readSync(file, memory, 0, memory.length, size);
      if (read > 0) hasher.update(memory.subarray(0, read));
      size += read;
      // Short of a chunk and of the expected size, there may be more: some file systems return less than they have.
      if (read === 0 || (read < memory.length && size >= expected))
        return { size, digest: new Uint8Array(hasher.digest()) };
      await this.#pause();
    }
  }
}

function opened(path: string, shown: string): number {
  try {
    return openSync(path, flags);
  } catch (cause) {
    throw lost("file", shown, cause);
  }
}
