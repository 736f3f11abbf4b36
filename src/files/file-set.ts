import { type BigIntStats, lstatSync, readlinkSync } from "node:fs";
import { dirname } from "node:path";
import { CacheProgError } from "../errors.ts";
import { sortByUTF8 } from "../text.ts";
import { ContentReader } from "./content.ts";
import type { DigestCache } from "./digest-cache.ts";
import { changed, lost, unreadable } from "./failure.ts";
import { Matcher } from "./matcher.ts";
import { type FileSetOptions, fileSetSettings } from "./options.ts";
import { realFolder, type SpecialFile, walk } from "./walk.ts";

/*
 * The files that a build step reads or writes, and what they hold. fileSet() is the room's door: Matcher says which names
 * match (pattern.ts reads the patterns, braces.ts their braces), walk.ts finds them, content.ts hashes them, and
 * DigestCache remembers. key.ts makes a key of a set.
 */

/** A regular file. */
export interface RegularFile {
  readonly kind: "file";
  /** From cwd, with "/" between names. It starts with "../" if the file is outside of cwd. */
  readonly path: string;
  /** Whether its owner may execute it. The other bits depend on the umask of who made the file. */
  readonly executable: boolean;
  /** Its permission bits. */
  readonly mode: number;
  /** In bytes. */
  readonly size: number;
  /** SHA-256 of the content: 32 bytes. */
  readonly digest: Uint8Array;
}

/** A symbolic link, which isn't followed. */
export interface SymbolicLink {
  readonly kind: "symlink";
  readonly path: string;
  /** What it points to, as it stands in the link. */
  readonly target: string;
}

/** A folder in which nothing matches. Listed only on demand. */
export interface Folder {
  readonly kind: "directory";
  readonly path: string;
}

/** One of the files of a set. */
export type FileEntry = RegularFile | SymbolicLink | Folder;

/** The files that patterns match, and what they held. */
export interface FileSet {
  /** By the UTF-8 bytes of their paths. */
  readonly files: readonly FileEntry[];
  /** FIFOs, sockets and devices that patterns match. They have no content, so they aren't among the files. */
  readonly special: readonly SpecialFile[];
  /** The patterns that nothing in the set matches, as they were given: most likely typos. Exclusions aren't among them. */
  readonly unmatched: readonly string[];
  /** How many files were read. The digests of the others were remembered. */
  readonly filesRead: number;
  /** Why the digests couldn't be saved. The set is right, but the next one reads the files again. */
  readonly unsaved: CacheProgError | undefined;
}

/** The event loop gets a turn after this many milliseconds. */
const turn = 10;

/**
 * Finds the files that patterns match, and hashes them.
 *
 * A pattern is a path from `cwd` in the syntax of Bun.Glob, with these rules:
 *
 * - A plain name at the end that's a folder stands for everything in it: "src" is "src/**", and "." is everything.
 * - `!pattern` excludes, wherever it stands in the list. A folder excluded by its name is excluded with everything in it.
 * - `*` and `**` match names that begin with a dot, as they do for git. They don't match `.git` and `node_modules`, unless
 *   the pattern names them before: "node_modules/x" or "node_modules/**". They never match `.env` and `.env.*`, which
 *   often hold secrets: name such a file in full.
 * - A pattern may start with `..`, and its files are named from `cwd`, such as "../shared/tsconfig.json". A file within
 *   `cwd` is never named with `..`. An exclusion that begins with `**` holds outside of `cwd`, too.
 * - Upper and lower case differ, on every file system.
 *
 * Symbolic links are entries of their own. What they point to isn't part of the set, unless a pattern matches it. FIFOs,
 * sockets and devices are left out. Files are read one after another, in small pieces, so neither many files nor large
 * ones take much memory. The event loop gets a turn every 10 ms.
 *
 * @param globs patterns; none for an empty set
 * @throws (rejects) {ArgumentError} for a pattern that can't be read, an absolute one, one with `..` after a name, exclusions
 *   alone, or a wrong option
 * @throws (rejects) {CacheProgError} `FILE_UNREADABLE` for a file or folder that can't be read, or that has a name that isn't
 *   valid UTF-8; `FILE_CHANGED` for a file that changes or vanishes in the meantime
 */
export async function fileSet(
  globs: string | readonly string[],
  options: FileSetOptions = {},
): Promise<FileSet> {
  const { cwd, directories, digests } = fileSetSettings(options);
  const matcher = new Matcher(globs);
  const root = realFolder(cwd);
  const found = walk(root, matcher, directories, (path) => digests?.isOwn(path) ?? false);
  const reader = new EntryReader(root, new Set(found.folders), digests);
  const files: FileEntry[] = [];
  for (const path of sortByUTF8([...found.files, ...found.folders])) {
    const pause = reader.pause();
    if (pause !== undefined) await pause;
    const entry = reader.entry(path);
    files.push(entry instanceof Promise ? await entry : entry);
  }
  const unmatched = matcher.including().filter((index) => !found.matched.has(index));
  return {
    files,
    special: found.special,
    unmatched: unmatched.map((index) => matcher.patterns[index] ?? ""),
    filesRead: reader.filesRead,
    unsaved: saved(digests),
  };
}

/** Makes entries of paths. */
class EntryReader {
  filesRead = 0;
  readonly #root: string;
  readonly #folders: ReadonlySet<string>;
  readonly #digests: DigestCache | undefined;
  readonly #reader = new ContentReader(() => this.pause());
  #turnEnds = performance.now() + turn;

  constructor(root: string, folders: ReadonlySet<string>, digests: DigestCache | undefined) {
    this.#root = root;
    this.#folders = folders;
    this.#digests = digests;
  }

  /** A promise of the event loop's turn, if one is due. */
  pause(): Promise<void> | undefined {
    if (performance.now() < this.#turnEnds) return undefined;
    return new Promise((resolve) => {
      setTimeout(() => {
        this.#turnEnds = performance.now() + turn;
        resolve();
      }, 0);
    });
  }

  /** Not a promise if there's nothing to read: with many files, promises take longer than everything else. */
  entry(path: string): FileEntry | Promise<FileEntry> {
    const absolute = absolutePath(this.#root, path);
    const stats = status(absolute, path);
    if (stats.isDirectory()) {
      if (!this.#folders.has(path)) throw changed(path, "it became a folder");
      return { kind: "directory", path };
    }
    if (stats.isSymbolicLink()) return { kind: "symlink", path, target: target(absolute, path) };
    if (!stats.isFile()) throw changed(path, "it's no longer a regular file");
    const known = this.#digests?.find(absolute, stats);
    return known === undefined ? this.#read(absolute, path, stats) : regular(path, stats, known);
  }

  async #read(absolute: string, path: string, before: BigIntStats): Promise<FileEntry> {
    const { digest, stats } = await this.#reader.read(absolute, path, before);
    this.filesRead++;
    this.#digests?.add(absolute, stats, digest);
    return regular(path, stats, digest);
  }
}

function regular(path: string, { mode, size }: BigIntStats, digest: Uint8Array): RegularFile {
  const permissions = Number(mode & 0o777n);
  return {
    kind: "file",
    path,
    executable: (permissions & 0o100) !== 0,
    mode: permissions,
    size: Number(size),
    digest,
  };
}

/** @param root without symbolic links, so `..` leads to its parents */
function absolutePath(root: string, path: string): string {
  let folder = root;
  let rest = path;
  for (; rest.startsWith("../"); rest = rest.slice(3)) folder = dirname(folder);
  return folder === "/" ? `/${rest}` : `${folder}/${rest}`;
}

function status(absolute: string, path: string): BigIntStats {
  try {
    return lstatSync(absolute, { bigint: true });
  } catch (cause) {
    throw lost("file", path, cause);
  }
}

function target(absolute: string, path: string): string {
  try {
    const bytes = readlinkSync(absolute, "buffer");
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    if (cause instanceof TypeError && !("syscall" in cause))
      throw unreadable("file", path, "it's a symbolic link to a name that isn't valid UTF-8; exclude it");
    throw lost("file", path, cause);
  }
}

function saved(digests: DigestCache | undefined): CacheProgError | undefined {
  try {
    digests?.save();
    return undefined;
  } catch (error) {
    if (error instanceof CacheProgError) return error;
    throw error;
  }
}
