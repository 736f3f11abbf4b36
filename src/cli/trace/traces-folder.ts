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
import { isAlive } from "../../process-alive.ts";
import { Failure, systemReason } from "../failure.ts";
import { graphFile } from "./environment.ts";

/** How long the traces may be unchanged, and how long all may take, in ms, after the build has ended. */
const [quiet, patience] = [1_000, 5_000];
/** How often to look, in ms. */
const interval = 10;

/** The folder of the traces of a build. */
export class TracesFolder {
  /** Absolute. */
  readonly path: string;
  readonly #isNew: boolean;
  readonly #before: ReadonlySet<string>;
  readonly #recorders = new Map<string, number>();

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
   * The traces that have come. go doesn't wait for the end of its recorder, so this does, unless that was killed, or its
   * program takes its time.
   */
  async complete(): Promise<readonly string[]> {
    const began = Bun.nanoseconds();
    let [size, changed] = [-1, began];
    for (;;) {
      const now = Bun.nanoseconds();
      const files = this.#files();
      const states = files.map((file) => stateOf(file, this.#recorders));
      const total = states.reduce((sum, state) => sum + state.size, 0);
      if (total !== size) [size, changed] = [total, now];
      const isOver = now - changed > quiet * 1e6 || now - began > patience * 1e6;
      if (isOver || states.every(({ isComplete }) => isComplete)) return files;
      await Bun.sleep(interval);
    }
  }

  /** The path of a new file: nothing that is there is overwritten. @param name without its extension */
  free(name: string, extension: string): string {
    for (let number = 1; ; number++) {
      const file = `${name}${number === 1 ? "" : `-${number}`}.${extension}`;
      if (!this.#before.has(file)) return join(this.path, file);
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

/** @param recorders the process ids of the recorders, by file, as far as they were read */
function stateOf(
  path: string,
  recorders: Map<string, number>,
): { readonly size: number; readonly isComplete: boolean } {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    if (exit.test(read(file, Math.max(0, size - 100), 100))) return { size, isComplete: true };
    const pid = recorders.get(path) ?? Number(/"pid":(\d+)/.exec(read(file, 0, 1000))?.[1] ?? 0);
    recorders.set(path, pid);
    return { size, isComplete: pid !== 0 && !isAlive(pid) };
  } finally {
    closeSync(file);
  }
}

function read(file: number, from: number, length: number): string {
  const bytes = Buffer.alloc(length);
  return bytes.toString("latin1", 0, readSync(file, bytes, 0, length, from));
}
