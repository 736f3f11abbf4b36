import { closeSync, constants, lstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { CacheProgError } from "../../errors.ts";
import { hasCode } from "../../trouble.ts";
import { Directories } from "../store/directories.ts";
import { beginningOf } from "../store/open-file.ts";
import { contentOf, goReadme, isGoCache, isTagged, listOf, makeDirectory } from "../store/store-directory.ts";
import { isPlaceName } from "../store/store-names.ts";

/** Source: cmd/go/internal/cache/default.go, cacheREADME */
const readme = `${goReadme}
Run "go clean -cache" if the directory is getting too large.
Run "go clean -fuzzcache" to delete the fuzz cache.
See go.dev to learn more about Go.
`;

/**
 * Creates the directory of a cache if it doesn't exist, as go does: the README, then a folder for each first byte of an
 * id. Source: initDefaultCache and Open of cmd/go/internal/cache
 *
 * @returns the error if it can't be created or read now; undefined if it can
 * @throws {CacheProgError} `STORE_FAILED`: the path can't be a directory, or the directory isn't a cache of go
 */
export function prepareGoCache(path: string): unknown {
  if (isGoCache(path)) return undefined;
  const { names, problem } = makeDirectory(path, "go's cache");
  if (names === undefined) return problem;
  refuseOthers(path, contentOf(names));
  try {
    create(path);
    return undefined;
  } catch (cause) {
    return cause;
  }
}

/** @throws {CacheProgError} `STORE_FAILED`: the directory isn't empty, and isn't one that somebody is creating */
function refuseOthers(path: string, content: readonly string[]): void {
  const foreign = content.filter((name) => name !== "README" && !isPlaceName(name));
  if (isTagged(path)) {
    const message = `${path} is a store of cacheprogw, whose entries have another format than go's; expected go's own cache`;
    throw new CacheProgError("STORE_FAILED", message);
  }
  if (content.length === 0 || (foreign.length === 0 && hasBegun(path, content))) return;
  const message = `${path} isn't a cache of go: it has no README of go's, and holds ${listOf(foreign.length > 0 ? foreign : content)}; expected go's own cache, an empty directory, or a path where none is`;
  throw new CacheProgError("STORE_FAILED", message);
}

/** Whether there is a beginning of go's README: its writer was killed, or isn't done. */
function hasBegun(path: string, content: readonly string[]): boolean {
  const file = join(path, "README");
  const isFile = content.includes("README") && lstatSync(file, { throwIfNoEntry: false })?.isFile();
  return isFile === true && readme.startsWith(beginningOf(file, readme.length + 1));
}

/** @throws what the file system says */
function create(path: string): void {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(join(path, "README"), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o666);
  try {
    // Whoever creates the directory at the same time writes the same.
    writeSync(fd, readme);
  } finally {
    closeSync(fd);
  }
  for (let first = 0; first < 256; first++) makeFolder(join(path, first.toString(16).padStart(2, "0")));
}

/** @throws what the file system says, unless it exists */
function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
}

/**
 * The folders of a cache. What is in the way of one, or of a file, is left alone, unlike in a store: it may be an
 * executable of go's, which is a directory at the path of a body.
 */
export class GoDirectories extends Directories {
  readonly #cache: string;

  constructor(cache: string) {
    super(() => {});
    this.#cache = cache;
  }

  override ensure(path: string): void {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return;
    if (stat !== undefined) throw new Error(`${path} isn't a directory`);
    // `go clean -cache` has removed it, or somebody the whole cache.
    if (dirname(path) === this.#cache && !lstatSync(this.#cache, { throwIfNoEntry: false })) {
      mkdirSync(this.#cache, { recursive: true });
      create(this.#cache);
    }
    makeFolder(path);
  }

  override move(from: string, to: string): void {
    renameSync(from, to);
  }
}
