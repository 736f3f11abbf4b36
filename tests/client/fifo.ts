import { open } from "node:fs/promises";
import { join } from "node:path";

let count = 0;

/** A named pipe. A program that calls `gate(path)` waits until the test calls open(). Works once. */
export class Fifo {
  readonly path: string;

  constructor(directory: string) {
    this.path = join(directory, `fifo-${++count}`);
    const { exitCode } = Bun.spawnSync(["mkfifo", this.path]);
    if (exitCode !== 0) throw new Error(`can't make a FIFO at ${this.path}`);
  }

  /** Waits until the program is at its gate, and lets it continue. */
  async open(): Promise<void> {
    await (await open(this.path, "w")).close();
  }
}
