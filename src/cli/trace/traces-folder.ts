import {
  closeSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  rmdirSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure, systemReason } from "../failure.ts";
import { graphFile } from "./environment.ts";

/** How long a trace may be unchanged, and how long all may take, in ms, after the build has ended. */
const [quiet, patience] = [250, 3_000];
/** How often to look, in ms. */
const interval = 10;

/** The folder of the traces of a build. */
export class TracesFolder {
  /** Absolute. */
  readonly path: string;
  readonly #isNew: boolean;
  readonly #before: ReadonlySet<string>;

  /** @param given the user's folder; without it, a new one in TMPDIR. @throws {Failure} it can't be created */
  constructor(given: string | undefined) {
    const where = given ?? tmpdir();
    try {
      if (given !== undefined) mkdirSync(given, { recursive: true });
      this.path =
        given === undefined
          ? mkdtempSync(join(realpathSync(where), "cacheprogw-trace-"))
          : realpathSync(given);
      this.#before = new Set(readdirSync(this.path));
    } catch (cause) {
      throw new Failure(`can't create a folder for the traces in ${where}: ${systemReason(cause)}`, {
        cause,
      });
    }
    this.#isNew = given === undefined;
  }

  /**
   * The traces that have come. go doesn't wait for the end of its cache program, so this does, unless one does nothing any
   * more: it was killed, or takes its time.
   */
  async complete(): Promise<readonly string[]> {
    const began = Bun.nanoseconds();
    let [size, changed] = [-1, began];
    for (;;) {
      const now = Bun.nanoseconds();
      const files = this.#files();
      const states = files.map(stateOf);
      const total = states.reduce((sum, state) => sum + state.size, 0);
      if (total !== size) [size, changed] = [total, now];
      const isOver = now - changed > quiet * 1e6 || now - began > patience * 1e6;
      if (isOver || states.every(({ isComplete }) => isComplete)) return files;
      await Bun.sleep(interval);
    }
  }

  /** Removes what only the recorders needed, and a new folder without traces. */
  clean(): void {
    rmSync(join(this.path, graphFile), { force: true });
    if (this.#isNew && this.#files().length === 0) rmdirSync(this.path);
  }

  #files(): readonly string[] {
    return readdirSync(this.path)
      .filter((name) => name.endsWith(".jsonl") && !this.#before.has(name))
      .map((name) => join(this.path, name));
  }
}

/** The last line of a trace whose program has ended. */
const exit = /\n\{"t":\d+,"(?:exit|killed)":[^\n]*\n$/;

function stateOf(path: string): { readonly size: number; readonly isComplete: boolean } {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const end = Buffer.alloc(Math.min(size, 100));
    readSync(file, end, 0, end.length, size - end.length);
    return { size, isComplete: exit.test(end.toString("latin1")) };
  } finally {
    closeSync(file);
  }
}
