import { readSync, writeSync } from "node:fs";
import { hasCode } from "../trouble.ts";
import type { Output } from "./answers.ts";

/** The size of a read in bytes: a full pipe. A buffer this small stays in the core's cache while it's decoded and hashed. */
const readSize = 64 * 1024;

/** The stdin of this process. Leaving the iteration stops reading, so that stdin doesn't keep the process alive. */
export function standardInput(): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const reader = Bun.stdin.stream().getReader();
      return {
        async next() {
          const { value } = await reader.read();
          return value === undefined ? { done: true, value } : { done: false, value };
        },
        // cancel doesn't wait for a pending read; the return of the stream's own iterator does.
        async return() {
          await reader.cancel();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/**
 * Reads stdin without the event loop. The returned function blocks for the next bytes, which are valid until its next
 * call, and returns undefined at the end. {@link standardInput} may take over at any time, but not hand back: it
 * reads ahead.
 */
export function blockingInput(): () => Uint8Array | undefined {
  const buffer = new Uint8Array(readSize);
  return () => {
    const length = readSync(0, buffer);
    return length === 0 ? undefined : buffer.subarray(0, length);
  };
}

/** The stdout of this process. Bytes that fit into the pipe are written at once, the rest by the event loop. */
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

/**
 * {@link standardOutput} that tries to write all by itself first: one system call, where the event loop takes two. A
 * full pipe doesn't block it, since `Bun.stdout.writer` makes stdout non-blocking (Bun 1.4.5).
 */
export function blockingOutput(): Output {
  const rest = standardOutput();
  return {
    write(bytes) {
      let written = 0;
      try {
        written = writeSync(1, bytes);
      } catch (error) {
        if (!hasCode(error, "EAGAIN")) throw error;
      }
      return written === bytes.length ? undefined : rest.write(bytes.subarray(written));
    },
  };
}

async function both(...promises: unknown[]): Promise<void> {
  await Promise.all(promises);
}
