import { lstatSync, readdirSync, renameSync, rmdirSync, unlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { hasCode } from "../../trouble.ts";
import { type OutputFile, UnsoundResult } from "./manifest.ts";
import { type FindContent, type Placed, Staging } from "./staging.ts";

/** What has to change so that the outputs are those of a result. */
export interface Changes {
  /** The files to make, in the order of their data. */
  readonly make: readonly Placed[];
  /** Paths that the outputs cover and the result doesn't have. */
  readonly remove: readonly string[];
}

/** Compares the result with what is there. A file that is right already isn't touched. */
export function changesTo(files: readonly OutputFile[], current: readonly OutputFile[]): Changes {
  const there = new Map(current.map((file) => [file.path, file]));
  const make: Placed[] = [];
  let offset = 0;
  for (const file of files) {
    if (!isSame(file, there.get(file.path))) make.push({ file, offset });
    there.delete(file.path);
    if (file.kind === "file") offset += file.size;
  }
  return { make, remove: [...there.keys()] };
}

function isSame(file: OutputFile, other: OutputFile | undefined): boolean {
  if (file.kind !== other?.kind) return false;
  if (file.kind === "symlink") return other.kind === "symlink" && file.target === other.target;
  if (file.kind === "directory") return true;
  return (
    other.kind === "file" &&
    file.digest === other.digest &&
    file.mode === other.mode &&
    file.size === other.size
  );
}

/**
 * Makes the outputs in `directory` those of a result. Everything is written and verified in a folder of its own first,
 * so an unsound result changes nothing; then it's moved into place.
 *
 * @param covers whether the declared outputs include a path; nothing else is written or removed
 * @throws (rejects) {UnsoundResult} the data isn't what the manifest says, or a path isn't covered; nothing was changed
 * @throws (rejects) what the file system says; then some of the outputs may be in place already
 */
export async function restore(
  directory: string,
  { make, remove }: Changes,
  find: FindContent,
  covers: (path: string) => boolean,
): Promise<void> {
  for (const { file } of make) {
    if (!covers(file.path))
      throw new UnsoundResult(`${JSON.stringify(file.path)} isn't one of the declared outputs`);
  }
  if (make.length === 0 && remove.length === 0) return;
  using staging = new Staging(directory);
  await staging.make(make, find);
  const folders = new Folders(directory, staging.path, covers);
  for (const path of remove) folders.remove(path);
  for (const { file } of make) folders.place(file);
  folders.removeEmptied();
}

/** Changes files below a directory, and never follows a symlink to another place. */
class Folders {
  readonly #directory: string;
  readonly #staging: string;
  readonly #covers: (path: string) => boolean;
  /** Folders that are known to be real. */
  readonly #real = new Set<string>(["."]);
  /** Folders that were moved into place with everything in them. */
  readonly #moved = new Set<string>();
  /** Folders from which something was removed. */
  readonly #emptied = new Set<string>();

  /** @param staging has the files to move into place, by the same paths */
  constructor(directory: string, staging: string, covers: (path: string) => boolean) {
    this.#directory = directory;
    this.#staging = staging;
    this.#covers = covers;
  }

  /** Removes a file, a symlink or an empty folder. */
  remove(path: string): void {
    if (!this.#isReal(dirname(path))) return;
    this.#unlink(path);
    this.#emptied.add(dirname(path));
  }

  /** Moves a file or an empty folder into place, unless that was moved with a folder around it. */
  place({ kind, path }: OutputFile): void {
    if (kind === "directory") this.#hasFolder(path);
    else if (this.#hasFolder(dirname(path))) this.#moveFile(path);
  }

  /**
   * Makes sure that a folder is there. One that isn't is moved into place with everything in it, which costs one call for
   * all of its files. A file or symlink in the way is replaced, if the outputs cover it.
   *
   * @returns whether it was there
   */
  #hasFolder(path: string): boolean {
    if (this.#real.has(path)) return true;
    if (this.#moved.has(path) || !this.#hasFolder(dirname(path))) return false;
    if (this.#isReal(path)) {
      this.#real.add(path);
      return true;
    }
    if (this.#covers(path)) this.#unlink(path);
    // A folder replaces nothing but an empty folder.
    renameSync(join(this.#staging, path), join(this.#directory, path));
    this.#moved.add(path);
    return false;
  }

  #moveFile(path: string): void {
    const from = join(this.#staging, path);
    const to = join(this.#directory, path);
    try {
      renameSync(from, to);
    } catch (error) {
      if (!hasCode(error, "EISDIR", "ENOTEMPTY", "EEXIST")) throw error;
      rmdirSync(to); // fails if it holds files, which aren't ours to remove
      renameSync(from, to);
    }
  }

  /** Removes folders that have become empty, and those above them, as far as the outputs cover them. */
  removeEmptied(): void {
    for (const folder of this.#emptied) {
      for (let path = folder; path !== "." && this.#covers(path); path = dirname(path)) {
        if (this.#real.has(path) || this.#moved.has(path) || !this.#removeIfEmpty(path)) break;
      }
    }
  }

  #removeIfEmpty(path: string): boolean {
    try {
      if (readdirSync(join(this.#directory, path)).length > 0) return false;
      rmdirSync(join(this.#directory, path));
      return true;
    } catch {
      return false;
    }
  }

  /** Whether a folder and all above it are folders, not symlinks to some. */
  #isReal(path: string): boolean {
    if (path === ".") return true;
    if (!this.#isReal(dirname(path))) return false;
    return lstatSync(join(this.#directory, path), { throwIfNoEntry: false })?.isDirectory() ?? false;
  }

  #unlink(path: string): void {
    const full = join(this.#directory, path);
    const stats = lstatSync(full, { throwIfNoEntry: false });
    if (stats === undefined) return;
    if (!stats.isDirectory()) unlinkSync(full);
    else if (readdirSync(full).length === 0) rmdirSync(full);
  }
}
