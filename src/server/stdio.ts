import type { Output } from "./answers.ts";

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

/** The stdout of this process. */
export function standardOutput(): Output {
  const sink = Bun.stdout.writer();
  return {
    async write(bytes) {
      await sink.write(bytes);
      await sink.flush();
    },
  };
}
