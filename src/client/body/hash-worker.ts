declare const self: Worker;

/** A request to the thread. */
export interface HashJob {
  readonly job: number;
  /** A file descriptor that stays open for reading until the result arrives. */
  readonly fd: number;
  /** How much to hash, in bytes. */
  readonly size: number;
  /** Set to 1 when the result is no longer needed. */
  readonly stopped: Int32Array<SharedArrayBuffer>;
}

/** The thread's result. */
export interface HashResult {
  readonly job: number;
  /** undefined if the file couldn't be read to its end, or the job was stopped. */
  readonly digest: Uint8Array | undefined;
}

/**
 * Runs in HashThread's thread: reads a file by its descriptor and posts the SHA-256. The main thread keeps the descriptor
 * open. The thread runs the text of this function, because a separate file would be missing if a bundler moved the
 * library into another file. So this function can't use anything from outside.
 */
export function hashWorker(): void {
  const { readSync } = process.getBuiltinModule("node:fs");
  // 256 KiB per read stays in the processor's cache until it is hashed.
  const memory = new Uint8Array(256 * 1024);

  self.onmessage = ({ data }: MessageEvent<HashJob>) => {
    const result: HashResult = { job: data.job, digest: hash(data) };
    postMessage(result);
  };

  // Returns undefined if the job was stopped or the read failed; the main thread then finds the reason.
  function hash({ fd, size, stopped }: HashJob): Uint8Array | undefined {
    const hasher = new Bun.CryptoHasher("sha256");
    try {
      for (let at = 0; at < size; ) {
        if (Atomics.load(stopped, 0) !== 0) return undefined;
        const read = readSync(fd, memory, 0, Math.min(memory.length, size - at), at);
        if (read === 0) return undefined;
        hasher.update(memory.subarray(0, read));
        at += read;
      }
    } catch {
      return undefined;
    }
    return new Uint8Array(hasher.digest());
  }
}
