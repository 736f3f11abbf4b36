import { closeSync, openSync, rmdirSync, writeSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { hasCode } from "../../trouble.ts";
import type { TraceEntry } from "../peer/trace.ts";
import { shellWords } from "./command-words.ts";

/** The directory of one attempt of a check: its sandbox, conversation, commands, and the stderr of each process. */
export class KeepDirectory {
  readonly directory: string;
  readonly #files = new Map<string, number>();

  /** @param name such as `put/empty-body`. If that exists, the next attempt gets a number after it */
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

  /** The path for the sandbox. */
  get sandbox(): string {
    return join(this.directory, "sandbox");
  }

  /** Writes one event of the conversation. */
  write(entry: TraceEntry): void {
    const { process, direction, text, start } = entry;
    try {
      this.#append("conversation.jsonl", `${JSON.stringify(entry)}\n`);
      if (direction === "stderr") this.#append(`stderr-${process}.txt`, `${text}\n`);
      if (start !== undefined) this.#append(`command-${process}.sh`, commandText(start));
    } catch {
      // On a full disk the record is incomplete, but the verdict still counts.
    }
  }

  /** Closes the files, and keeps the directory. */
  async keep(finding: string): Promise<void> {
    this.#close();
    await writeFile(join(this.directory, "finding.txt"), `${finding}\n`).catch(() => {}); // as above
  }

  /** Closes the files, and removes the directory. */
  async discard(): Promise<void> {
    this.#close();
    await rm(this.directory, { recursive: true, force: true });
    try {
      rmdirSync(dirname(this.directory));
    } catch {
      // Other checks of the group are still in it.
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

/** A shell script that starts a program the way a check did. */
function commandText({ argv, cwd, env }: NonNullable<TraceEntry["start"]>): string {
  const set = Object.entries(env).map(([name, value]) =>
    value === null ? ["-u", name] : [`${name}=${value}`],
  );
  const unset = set.filter(([first]) => first === "-u").flat();
  const words = ["env", ...unset, ...set.filter(([first]) => first !== "-u").flat(), ...argv];
  return `#!/bin/sh\ncd ${shellWords([cwd])} && exec ${shellWords(words)}\n`;
}
