import { open } from "node:fs/promises";
import { join } from "node:path";

let count = 0;

/** A pipe with a name, for a program that waits at `gate(path)` until the test lets it go on, once. */
export class Fifo {
  readonly path: string;

  constructor(directory: string) {
    this.path = join(directory, `fifo-${++count}`);
    const { exitCode } = Bun.spawnSync(["mkfifo", this.path]);
    if (exitCode !== 0) throw new Error(`can not make a FIFO at ${this.path}`);
  }

  /** Waits until the program is at its gate, and lets it pass. */
  async open(): Promise<void> {
    await (await open(this.path, "w")).close();
  }
}
