import { closeSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";

/** A step that ran here before this process did anything. */
export interface EarlierRun {
  readonly id: string;
  /** Its patterns of outputs. */
  readonly outputs: readonly string[];
  /** When it ran, in ms since 1970. */
  readonly time: number;
}

/** The first line of the file of a step, with more outputs than this, isn't read. In bytes. */
const longest = 8 * 1024;

/** The last run of each step of a project. A file that can't be read is left out. @param directory the memory of the project */
export function earlierRuns(directory: string): readonly EarlierRun[] {
  let names: readonly string[] = [];
  try {
    names = readdirSync(directory);
  } catch {
    return [];
  }
  const memory = Buffer.alloc(longest);
  return names
    .filter((name) => name.endsWith(".last"))
    .flatMap((name) => {
      try {
        return [read(join(directory, name), memory)];
      } catch {
        return [];
      }
    });
}

/** Only this program writes the files, for this user alone. */
function read(path: string, memory: Buffer): EarlierRun {
  const file = openSync(path, "r");
  try {
    const length = readSync(file, memory, 0, memory.length, 0);
    const { id, outputs } = JSON.parse(memory.toString("utf8", 0, memory.subarray(0, length).indexOf(0x0a)));
    if (typeof id !== "string" || !Array.isArray(outputs)) throw new Error("another version");
    return { id, outputs: outputs.map(String), time: fstatSync(file).mtimeMs };
  } finally {
    closeSync(file);
  }
}
