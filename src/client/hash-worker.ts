import { readSync } from "node:fs";
import { OutputHash } from "./body-source.ts";
import type { HashJob, HashResult } from "./hash-thread.ts";

/*
 * What runs in the thread of HashThread: it reads a file by its descriptor, which the other side keeps open meanwhile,
 * and answers with the SHA-256.
 */

/** How much is read at once, in bytes: it stays in the processor's cache until it is hashed. */
const readSize = 256 * 1024;

const memory = new Uint8Array(readSize);

declare const self: Worker;

self.onmessage = ({ data }: MessageEvent<HashJob>) => {
  const result: HashResult = { job: data.job, digest: hash(data) };
  postMessage(result);
};

/** undefined where it can not be read to its end, which is for the other side to find out, or nobody wants it. */
function hash({ fd, size, stopped }: HashJob): Uint8Array | undefined {
  const hasher = new OutputHash();
  try {
    for (let at = 0; at < size; ) {
      if (Atomics.load(stopped, 0) !== 0) return undefined;
      const read = readSync(fd, memory, 0, Math.min(readSize, size - at), at);
      if (read === 0) return undefined;
      hasher.update(memory.subarray(0, read));
      at += read;
    }
  } catch {
    return undefined;
  }
  return hasher.digest();
}
