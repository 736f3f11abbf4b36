import { closeSync, openSync, rmdirSync, writeSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasCode } from "../../trouble.ts";
import type { TraceEntry } from "../peer/trace.ts";
import { shellWords } from "./command-words.ts";

/** A place for one try of a check: its sandbox, the conversation, what the programs wrote to stderr, and their commands. */
export class KeepDirectory {
  readonly directory: string;
  readonly #files = new Map<string, number>();

  /** @param name such as `put/empty-body`: where it is there already, the next try has a number behind it */
  static async create(parent: string, name: string): Promise<KeepDirectory> {
    await mkdir(dirname(join(parent, name)), { recursive: true });
    for (let number = 1; ; number++) {
      const directory = join(parent, number === 1 ? name : `${name}.${number}`);
      try {
        await mkdir(directory);
        return new KeepDirectory(directory);
      } catch (error) {
        if (!hasCode(error, "EEXIST")) throw error;
      }
    }
  }

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Where the sandbox is to be. */
  get sandbox(): string {
    return join(this.directory, "sandbox");
  }

  /** Takes what a program was told, said or did. */
  write(entry: TraceEntry): void {
    const { process, direction, text, start } = entry;
    try {
      this.#append("conversation.jsonl", `${JSON.stringify(entry)}\n`);
      if (direction === "stderr") this.#append(`stderr-${process}.txt`, `${text}\n`);
      if (start !== undefined) this.#append(`command-${process}.sh`, commandText(start));
    } catch {
      // A disk that is full costs this, and no verdict.
    }
  }

  /** Ends it: what is written stays. */
  async keep(finding: string): Promise<void> {
    this.#close();
    await writeFile(join(this.directory, "finding.txt"), `${finding}\n`).catch(() => {}); // as above
  }

  /** Ends it: nothing of it stays. */
  async discard(): Promise<void> {
    this.#close();
    await rm(this.directory, { recursive: true, force: true });
    try {
      rmdirSync(dirname(this.directory));
    } catch {
      // Other checks of the group are there.
    }
  }

  #append(name: string, text: string): void {
    let fd = this.#files.get(name);
    if (fd === undefined) {
      fd = openSync(join(this.directory, name), "wx");
      this.#files.set(name, fd);
    }
    writeSync(fd, text);
  }

  #close(): void {
    for (const fd of this.#files.values()) closeSync(fd);
    this.#files.clear();
  }
}

/** A script that starts a program once more as a check did. */
function commandText({ argv, cwd, env }: NonNullable<TraceEntry["start"]>): string {
  const set = Object.entries(env).map(([name, value]) =>
    value === null ? ["-u", name] : [`${name}=${value}`],
  );
  const unset = set.filter(([first]) => first === "-u").flat();
  const words = ["env", ...unset, ...set.filter(([first]) => first !== "-u").flat(), ...argv];
  return `#!/bin/sh\ncd ${shellWords([cwd])} && exec ${shellWords(words)}\n`;
}
