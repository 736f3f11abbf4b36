import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
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

/** The stdout of this process, which can be ended before the process exits. */
export interface EndableOutput extends Output {
  /** Ends stdout, if all is written. Nothing may use it afterwards. */
  end(): void;
}

/** The stdout of this process. Bytes that fit into the pipe are written at once, the rest by the event loop. */
export function standardOutput(): EndableOutput {
  const sink = Bun.stdout.writer();
  return {
    write(bytes) {
      const written = sink.write(bytes);
      const flushed = sink.flush();
      return written instanceof Promise || flushed instanceof Promise ? both(written, flushed) : undefined;
    },
    end() {
      sink.end(); // it has a descriptor of its own
      closeSync(1);
    },
  };
}

/**
 * {@link standardOutput} that first writes by itself what fits into the pipe: one system call, where the event loop takes
 * two.
 */
export function blockingOutput(): EndableOutput {
  const own = reopenedPipe();
  if (own === undefined) return standardOutput();
  let rest: EndableOutput | undefined;
  return {
    write(bytes) {
      const written = writeSome(own, bytes);
      if (written === bytes.length) return undefined;
      rest ??= standardOutput();
      return rest.write(bytes.subarray(written));
    },
    end() {
      closeSync(own);
      if (rest === undefined) closeSync(1);
      else rest.end();
    },
  };
}

/**
 * A descriptor of the pipe at stdout that is non-blocking without making those of other processes so; undefined if stdout
 * is something else, or the system isn't Linux.
 */
function reopenedPipe(): number | undefined {
  try {
    if (!fstatSync(1).isFIFO()) return undefined;
    return openSync("/proc/self/fd/1", constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

/** @returns how many bytes were written: 0 if the pipe is full */
function writeSome(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    if (hasCode(error, "EAGAIN")) return 0;
    throw error;
  }
}

async function both(...promises: unknown[]): Promise<void> {
  await Promise.all(promises);
}
