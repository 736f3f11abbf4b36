import { dlopen } from "bun:ffi";

/*
 * The three functions of the C library that Bun's API lacks for two pipes and one thread: a pipe that a child gets as it
 * is, and a wait for several descriptors. On Linux with glibc or musl.
 */

const names = ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`];

const functions = {
  poll: { args: ["ptr", "u64", "i32"], returns: "i32" },
  pipe2: { args: ["ptr", "i32"], returns: "i32" },
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
} as const;

/** Functions of the C library. They return -1 for an error. */
export type Libc = ReturnType<typeof load>;

function load(name: string) {
  return dlopen(name, functions).symbols;
}

/** The C library; undefined if it isn't one of those above. */
export function findLibc(): Libc | undefined {
  if (process.platform !== "linux") return undefined;
  for (const name of names) {
    try {
      return load(name);
    } catch {
      // It's the other one.
    }
  }
  return undefined;
}

/** Flags of Linux, of every architecture that Bun has. Source: fcntl.h and poll.h */
const [closeOnExec, setFlags, writeOnly, nonBlocking] = [0o2000000, 4, 1, 0o4000];
export const [pollIn, pollOut, pollError, pollHangUp, pollInvalid] = [1, 4, 8, 16, 32];

/** A pipe: no child inherits it by accident. @throws {Error} there are too many open files */
export function makePipe(libc: Libc): { readonly toRead: number; readonly toWrite: number } {
  const ends = new Int32Array(2);
  if (libc.pipe2(ends, closeOnExec) !== 0) throw new Error("can't create a pipe: too many open files");
  const [toRead = -1, toWrite = -1] = ends;
  return { toRead, toWrite };
}

/** Makes writes return at once, for everybody who shares this open file. */
export function dontBlock(libc: Libc, fd: number): void {
  libc.fcntl(fd, setFlags, writeOnly | nonBlocking);
}
