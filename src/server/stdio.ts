import { readSync } from "node:fs";
import type { Output } from "./answers.ts";

/** As much as a pipe holds: what is decoded and hashed at a time then stays in the cache of a core. */
const readAtOnce = 64 * 1024;

/** The stdin of this process. Leaving the iteration lets go of it, so that it does not keep the process alive. */
export function standardInput(): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const reader = Bun.stdin.stream().getReader();
      return {
        async next() {
          const { value } = await reader.read();
          return value === undefined ? { done: true, value } : { done: false, value };
        },
        // Unlike the return of the stream's own iterator, cancel does not wait for a read that is under way.
        async return() {
          await reader.cancel();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/**
 * Reads stdin while the process waits: returns a function for the next bytes, which are valid until its next call,
 * and undefined at the end. {@link standardInput} may take over at any time, but not give back: it reads ahead.
 */
export function blockingInput(): () => Uint8Array | undefined {
  const buffer = new Uint8Array(readAtOnce);
  return () => {
    const length = readSync(0, buffer);
    return length === 0 ? undefined : buffer.subarray(0, length);
  };
}

/** The stdout of this process. What fits into the pipe is written at once, and the event loop sees to the rest. */
export function standardOutput(): Output {
  const sink = Bun.stdout.writer();
  return {
    write(bytes) {
      const written = sink.write(bytes);
      const flushed = sink.flush();
      return written instanceof Promise || flushed instanceof Promise ? both(written, flushed) : undefined;
    },
  };
}

async function both(...promises: unknown[]): Promise<void> {
  await Promise.all(promises);
}
