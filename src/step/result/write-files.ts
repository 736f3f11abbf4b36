/** A file to write. */
export interface FileToWrite {
  /** Absolute. Nothing is there; its folder is. */
  readonly path: string;
  /** What it's called in a message. */
  readonly shown: string;
  readonly mode: number;
  /** SHA-256 in hex. */
  readonly digest: string;
  /** Its content, unless it's in pieces of the files in `sources`. */
  readonly bytes?: Uint8Array;
  readonly pieces: readonly (readonly [source: number, offset: number, length: number])[];
}

/**
 * Files to write, by one thread or two: one begins at the start, the other at the end, so that they seldom meet in a
 * folder.
 */
export interface WriteJob {
  /** Paths of files to read. They may be anything. */
  readonly sources: readonly string[];
  readonly files: readonly FileToWrite[];
  /**
   * Shared: how many files were taken, how many of them from the start and from the end, how many are done, how many threads
   * are busy, and whether a file failed.
   */
  readonly state: Int32Array<SharedArrayBuffer>;
}

/** Why a file couldn't be written. */
export interface WriteFailure {
  readonly message: string;
  /** What is in the cache isn't what the manifest says; otherwise, the file system failed. */
  readonly isUnsound: boolean;
}

/**
 * Writes files that nobody has begun, and compares each with its SHA-256. Returns when none is left, one has failed, or
 * the time is up, as performance.now() tells it.
 *
 * A thread runs the text of this function, because a separate file would be missing if a bundler moved the library into
 * another file. So it can't use anything from outside.
 *
 * @param isHelper this is the second thread
 */
export function writeFiles(
  { sources, files, state }: WriteJob,
  isHelper: boolean,
  until: number,
): WriteFailure | undefined {
  const { closeSync, constants, fchmodSync, fstatSync, openSync, readSync, writeSync } =
    process.getBuiltinModule("node:fs");
  const [taken, fromStart, fromEnd, done, busy, failed] = [0, 1, 2, 3, 4, 5] as const;
  class Unsound extends Error {}
  // 256 KiB stay in the processor's cache until they're hashed and written.
  const memory = new Uint8Array(256 * 1024);
  const open = new Map<number, number>();

  // A FIFO must not block.
  function source(index: number): number {
    let fd = open.get(index);
    if (fd !== undefined) return fd;
    // Files come in the order of the packs: a pack from before isn't needed again.
    for (const [before, old] of open.size < 8 ? [] : open) {
      closeSync(old);
      open.delete(before);
    }
    fd = openSync(sources[index] ?? "", constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    open.set(index, fd);
    if (!fstatSync(fd).isFile()) throw new Unsound("a pack isn't a regular file");
    return fd;
  }

  function sourceOf(index: number): number {
    try {
      return source(index);
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
      if (cause instanceof Unsound || code === "EMFILE" || code === "ENFILE") throw cause;
      throw new Unsound(`a pack can't be opened: ${cause instanceof Error ? cause.message : cause}`);
    }
  }

  function readFrom(fd: number, length: number, position: number): number {
    try {
      return readSync(fd, memory, 0, length, position);
    } catch (cause) {
      throw new Unsound(`a pack can't be read: ${cause instanceof Error ? cause.message : cause}`);
    }
  }

  function* contentOf({ bytes, pieces }: FileToWrite): Generator<Uint8Array> {
    if (bytes !== undefined) yield bytes;
    for (const [index, offset, length] of pieces) {
      const fd = sourceOf(index);
      for (let at = 0; at < length; ) {
        const read = readFrom(fd, Math.min(memory.length, length - at), offset + at);
        if (read === 0) throw new Unsound("a pack is shorter than it should be");
        yield memory.subarray(0, read);
        at += read;
      }
    }
  }

  function write(file: FileToWrite): void {
    const hasher = new Bun.CryptoHasher("sha256");
    const fd = openSync(file.path, "wx", 0o600);
    try {
      for (const chunk of contentOf(file)) {
        hasher.update(chunk);
        for (let left = chunk; left.length > 0; ) left = left.subarray(writeSync(fd, left));
      }
      fchmodSync(fd, file.mode);
    } finally {
      closeSync(fd);
    }
    if (hasher.digest("hex") !== file.digest)
      throw new Unsound(`${file.shown} has other content than its SHA-256`);
  }

  // First busy, then failed: who sets failed and then finds nobody busy knows that nobody writes any more.
  Atomics.add(state, busy, 1);
  try {
    while (Atomics.load(state, failed) === 0 && performance.now() < until) {
      if (Atomics.add(state, taken, 1) >= files.length) break;
      const at = isHelper
        ? files.length - 1 - Atomics.add(state, fromEnd, 1)
        : Atomics.add(state, fromStart, 1);
      const file = files[at];
      if (file !== undefined) write(file);
      Atomics.add(state, done, 1);
    }
    return undefined;
  } catch (error) {
    Atomics.store(state, failed, 1);
    return {
      message: error instanceof Error ? error.message : String(error),
      isUnsound: error instanceof Unsound,
    };
  } finally {
    Atomics.sub(state, busy, 1);
    for (const fd of open.values()) closeSync(fd);
  }
}
