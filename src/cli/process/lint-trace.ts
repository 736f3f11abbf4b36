import { closeSync, constants, openSync } from "node:fs";

/**
 * Keeps stdout open until the end of a scope, however often it's closed: go waits for its end, and so for what is written
 * to stderr meanwhile. Only Linux can do it; elsewhere, go doesn't wait.
 */
export class HeldStdout implements Disposable {
  readonly #fd: number | undefined;

  constructor() {
    try {
      this.#fd = openSync("/proc/self/fd/1", constants.O_WRONLY);
    } catch {
      // It's no pipe, or this isn't Linux.
    }
  }

  [Symbol.dispose](): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
  }
}

/**
 * Runs `cacheprogw lint` on a trace, which writes what is wrong to stderr. It's a process of its own: its code would make
 * the start of record slower, for which go waits.
 */
export async function lintTrace(path: string): Promise<void> {
  const { execPath, execArgv } = process;
  const command = [execPath, ...execArgv, Bun.main, "lint", "--quiet", path];
  await Bun.spawn(command, { stdio: ["ignore", "ignore", "inherit"] }).exited;
}
