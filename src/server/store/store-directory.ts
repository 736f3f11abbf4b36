import { accessSync, constants, mkdirSync, readdirSync, statfsSync, writeFileSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { ArgumentError, CacheProgError } from "../../errors.ts";
import { hasCode, reason } from "../../trouble.ts";
import { beginningOf } from "./open-file.ts";
import { isAsideName, isEntryName, isPlaceName, isTemporaryName, namesIn } from "./store-names.ts";

/** Keeps the cache out of backups. Source: https://bford.info/cachedir */
const tagName = "CACHEDIR.TAG";
const tag = `Signature: 8a477f597d28d172789f06886806bc55
# This directory is a store of cacheprogw: entries and bodies for GOCACHEPROG.
# For information about cache directory tags, see https://bford.info/cachedir/
`;

/** Files of file systems, file managers and backups, and placeholders that keep an empty directory in a repository. */
const neutral =
  /^(lost\+found|CACHEDIR\.TAG|\.DS_Store|\.fseventsd|\.Spotlight-V100|\.Trash.*|\.Trashes|\.nfs.*|\.snapshots?|\.gitignore|\.gitkeep|\.keep|Thumbs\.db|desktop\.ini|\$RECYCLE\.BIN|System Volume Information)$/;

/** The first line of the README in go's own cache. Source: cmd/go/internal/cache/default.go, cacheREADME */
export const goReadme = "This directory holds cached build artifacts from the Go build system.";

/** Errors that mean the path is wrong. Any other error may be gone at the next start. */
const mistakes = ["ENOTDIR", "EEXIST", "ENOENT", "ELOOP", "ENAMETOOLONG", "EINVAL", "EILSEQ"];

/** A directory with less free space than this, in bytes, counts as full. */
const leastRoom = 256 * 1024;

/** How many names an error message shows. */
const shown = 3;

/**
 * The absolute path of a directory.
 * @throws {ArgumentError} it isn't a path
 * @throws {CacheProgError} `STORE_FAILED`: the path is relative and the working directory was deleted
 */
export function absolutePath(directory: string): string {
  if (typeof directory !== "string" || directory === "")
    throw new ArgumentError("the directory of a store must be a path; expected a string that isn't empty");
  if (directory.includes("\0") || !directory.isWellFormed())
    throw new ArgumentError(
      `the directory of a store is ${JSON.stringify(directory)}; expected a path without NUL and without half of a surrogate pair`,
    );
  try {
    // If the working directory was deleted, resolve alone uses Bun's own directory (Bun 1.4.5).
    return resolve(isAbsolute(directory) ? "/" : process.cwd(), directory);
  } catch (cause) {
    const message = `the store in ${directory} can't be opened: the working directory was deleted; expected an absolute path`;
    throw new CacheProgError("STORE_FAILED", message, { cause });
  }
}

/**
 * Creates the directory of a store if it doesn't exist.
 *
 * @returns the error if it can't be created or read now; undefined if it can
 * @throws {CacheProgError} `STORE_FAILED`: the path can't be a directory, or the directory isn't a store
 */
export function prepareDirectory(path: string): unknown {
  // go waits for each start, and matching the names of 256 directories takes longer than reading two files.
  if (isTagged(path) && !isGoCache(path)) return undefined;
  const { names, problem } = makeDirectory(path, "the store");
  if (names === undefined) return problem;
  refuseOthers(path, names);
  if (!names.includes(tagName)) writeTag(path);
  return undefined;
}

/**
 * Creates a directory if it doesn't exist.
 *
 * @param what for messages
 * @returns the names in it, or why it can't be created or read now
 * @throws {CacheProgError} `STORE_FAILED`: the path can't be a directory
 */
export function makeDirectory(
  path: string,
  what: string,
): { readonly names?: readonly string[]; readonly problem?: unknown } {
  try {
    mkdirSync(path, { recursive: true });
    const names = readdirSync(path);
    accessSync(path, constants.X_OK);
    return { names };
  } catch (problem) {
    if (!hasCode(problem, ...mistakes)) return { problem };
    const message = `${what} in ${path} can't be opened: ${reason(problem)}; expected a directory, or a path where one can be made`;
    throw new CacheProgError("STORE_FAILED", message, { cause: problem });
  }
}

/**
 * Whether a directory is a store, for whoever doesn't want to make one.
 *
 * @returns false if it doesn't exist or is empty
 * @throws {CacheProgError} `STORE_FAILED`: it can't be read, or it isn't a store
 */
export function isStore(path: string): boolean {
  let names: string[];
  try {
    names = readdirSync(path);
  } catch (cause) {
    if (hasCode(cause, "ENOENT")) return false;
    const message = `the store in ${path} can't be read: ${reason(cause)}; expected a directory`;
    throw new CacheProgError("STORE_FAILED", message, { cause });
  }
  refuseOthers(path, names);
  return names.some((name) => !neutral.test(name));
}

/** The reason if no file can be created in a directory, as far as is known without creating one. */
export function whyUnwritable(directory: string): string | undefined {
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    const { bavail, bsize, files, ffree } = statfsSync(directory);
    const free = bavail * bsize;
    // Some file systems allocate inodes on demand and report 0 of 0.
    const hasRoom = free >= leastRoom && (files === 0 || ffree > 0);
    return hasRoom ? undefined : `there is room for ${free} bytes and ${ffree} files`;
  } catch (error) {
    return reason(error);
  }
}

/** Whether a name is that of a file or directory that a store has beside its places; trim/ has the last two. */
function isOwnName(name: string): boolean {
  return name === "tmp" || name === "trim.txt" || name === "trim.lock";
}

/** The names in a directory that aren't there by themselves. */
export function contentOf(names: readonly string[]): string[] {
  return names.filter((name) => !neutral.test(name));
}

/** @throws {CacheProgError} `STORE_FAILED`: the directory isn't empty and isn't a store */
function refuseOthers(path: string, names: readonly string[]): void {
  const content = contentOf(names);
  if (content.length === 0) return;
  const foreign = content.filter((name) => !isOwnName(name) && !isPlaceName(name) && !isAsideName(name));
  if (isGoCache(path)) {
    const message = `${path} is go's own build cache, whose entries have the same names and another format; expected a directory for this store alone`;
    throw new CacheProgError("STORE_FAILED", message);
  }
  if (holdsStore(path, content, foreign.length > 0)) return;
  const message = `${path} isn't a store: it holds ${listOf(foreign.length > 0 ? foreign : content)}; expected a store, an empty directory, or a path where none is`;
  throw new CacheProgError("STORE_FAILED", message);
}

/**
 * Whether a directory holds something that only a store has. Without foreign files, empty directories of a store are
 * enough: a cleaner may have removed all files.
 */
function holdsStore(path: string, content: readonly string[], amongOthers: boolean): boolean {
  const temporary = namesIn(join(path, "tmp"));
  const places = content.filter(isPlaceName);
  // The common case, which reads no file.
  if (!amongOthers && places.length > 0 && temporary?.every(isTemporaryName)) return true;
  if (isTagged(path) || temporary?.some(isTemporaryName)) return true;
  let isEmpty = temporary?.length === 0 || !content.includes("tmp");
  for (const place of places) {
    const found = namesIn(join(path, place)) ?? [place];
    if (found.some((name) => isEntryName(name) && name.startsWith(place))) return true;
    isEmpty &&= found.length === 0;
  }
  return !amongOthers && isEmpty;
}

/** Whether a directory has the tag that a store writes. */
export function isTagged(path: string): boolean {
  return beginningOf(join(path, tagName), tag.length) === tag;
}

/** Whether a directory has the README of go's own cache. */
export function isGoCache(path: string): boolean {
  return beginningOf(join(path, "README"), goReadme.length) === goReadme;
}

function writeTag(path: string): void {
  try {
    writeFileSync(join(path, tagName), tag, { flag: "wx" });
  } catch {
    // It can't be written, or another process wrote it first. The entries identify a store too.
  }
}

/** Some of the names, for a message. */
export function listOf(names: readonly string[]): string {
  const first = names
    .toSorted()
    .slice(0, shown)
    .map((name) => JSON.stringify(name));
  return names.length > shown ? `${first.join(", ")} and ${names.length - shown} more` : first.join(", ");
}
