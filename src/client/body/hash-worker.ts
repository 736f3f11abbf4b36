declare const self: Worker;

/** What the thread is asked for. */
export interface HashJob {
  readonly job: number;
  /** Open for reading until the answer comes. */
  readonly fd: number;
  /** How much to hash, in bytes. */
  readonly size: number;
  /** Not 0 when nobody waits for the answer any more. */
  readonly stopped: Int32Array<SharedArrayBuffer>;
}

/** What it answers. */
export interface HashResult {
  readonly job: number;
  /** undefined where the file could not be read to its end. */
  readonly digest: Uint8Array | undefined;
}

/**
 * What runs in the thread of HashThread: it reads a file by its descriptor, which the other side keeps open meanwhile,
 * and answers with the SHA-256. The thread is started with the text of this function, because a file of its own would
 * be missing wherever a bundler puts the library into another file. So nothing from outside can be used in here.
 */
export function hashWorker(): void {
  const { readSync } = process.getBuiltinModule("node:fs");
  // So much is read at once, in bytes: it stays in the processor's cache until it is hashed.
  const memory = new Uint8Array(256 * 1024);

  self.onmessage = ({ data }: MessageEvent<HashJob>) => {
    const result: HashResult = { job: data.job, digest: hash(data) };
    postMessage(result);
  };

  // undefined where it can't be read to its end, which is for the other side to find out, or nobody wants it.
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
