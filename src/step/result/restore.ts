import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { hasCode } from "../../trouble.ts";
import { type OutputFile, UnsoundResult } from "./manifest.ts";

/** The name of the folder where files are made before they're moved into place. */
export const stagingPrefix = ".cacheprogw-";

/** Reads the content of a file of a result. @param offset where it begins in the data */
export type ReadContent = (
  file: Extract<OutputFile, { kind: "file" }>,
  offset: number,
) => AsyncIterable<Uint8Array>;

/** What has to change so that the outputs are those of a result. */
export interface Changes {
  /** The files to make, in the order of their data. */
  readonly make: readonly { readonly file: OutputFile; readonly offset: number }[];
  /** Paths that the outputs cover and the result doesn't have. */
  readonly remove: readonly string[];
}

/** Compares the result with what is there. A file that is right already isn't touched. */
export function changesTo(files: readonly OutputFile[], current: readonly OutputFile[]): Changes {
  const there = new Map(current.map((file) => [file.path, file]));
  const make: Changes["make"][number][] = [];
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
  read: ReadContent,
  covers: (path: string) => boolean,
): Promise<void> {
  for (const { file } of make) {
    if (!covers(file.path))
      throw new UnsoundResult(`${JSON.stringify(file.path)} isn't one of the declared outputs`);
  }
  if (make.length === 0 && remove.length === 0) return;
  const staging = mkdtempSync(join(directory, `${stagingPrefix}${process.pid}-`));
  try {
    for (const [index, { file, offset }] of make.entries()) {
      const path = join(staging, String(index));
      if (file.kind === "file") await writeFile(path, file, read(file, offset));
      else if (file.kind === "symlink") symlinkSync(file.target, path);
    }
    const folders = new Folders(directory, covers);
    for (const path of remove) folders.remove(path);
    for (const [index, { file }] of make.entries()) {
      if (file.kind === "directory") folders.make(file.path);
      else folders.move(join(staging, String(index)), file.path);
    }
    folders.removeEmptied();
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

async function writeFile(
  path: string,
  { mode, size, digest, path: name }: Extract<OutputFile, { kind: "file" }>,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const hasher = new Bun.CryptoHasher("sha256");
  const fd = openSync(path, "wx", 0o600);
  try {
    if (size > 0)
      for await (const chunk of chunks) {
        hasher.update(chunk);
        for (let left = chunk; left.length > 0; ) left = left.subarray(writeSync(fd, left));
      }
  } finally {
    closeSync(fd);
  }
  if (hasher.digest("hex") !== digest)
    throw new UnsoundResult(`${JSON.stringify(name)} has other content than its SHA-256`);
  chmodSync(path, mode);
}

/** Changes files below a directory, and never follows a symlink to another place. */
class Folders {
  readonly #directory: string;
  readonly #covers: (path: string) => boolean;
  /** Folders that are known to be real. */
  readonly #real = new Set<string>(["."]);
  /** Folders from which something was removed. */
  readonly #emptied = new Set<string>();

  constructor(directory: string, covers: (path: string) => boolean) {
    this.#directory = directory;
    this.#covers = covers;
  }

  /** Removes a file, a symlink or an empty folder. */
  remove(path: string): void {
    if (!this.#isReal(dirname(path))) return;
    this.#unlink(path);
    this.#emptied.add(dirname(path));
  }

  /** Makes a folder and the ones above it. A file or symlink in the way is replaced, if the outputs cover it. */
  make(path: string): void {
    if (path === "." || this.#real.has(path)) return;
    this.make(dirname(path));
    if (!this.#isReal(path)) {
      if (this.#covers(path)) this.#unlink(path);
      mkdirSync(join(this.#directory, path));
    }
    this.#real.add(path);
  }

  /** Moves a file into place. */
  move(from: string, path: string): void {
    this.make(dirname(path));
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
        if (this.#real.has(path) || !this.#removeIfEmpty(path)) break;
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
