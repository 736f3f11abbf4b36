import { type Dirent, lstatSync, readdirSync, realpathSync, type Stats } from "node:fs";
import { basename, dirname } from "node:path";
import { ArgumentError } from "../errors.ts";
import { lost, unreadable } from "./failure.ts";
import { isPossible, type Matcher, type Place } from "./matcher.ts";

/** A file without content. */
export interface SpecialFile {
  readonly kind: "FIFO" | "socket" | "device";
  /** From cwd, with "/" between names. */
  readonly path: string;
}

/** What the patterns match in a tree. */
export interface Found {
  /** Paths from cwd of files and symbolic links, in no order. */
  readonly files: readonly string[];
  /** The same of folders in which nothing matches. */
  readonly folders: readonly string[];
  /** FIFOs, sockets and devices. */
  readonly special: readonly SpecialFile[];
  /** The patterns that matched something, by index. */
  readonly matched: ReadonlySet<number>;
}

/**
 * Finds what patterns match. Symbolic links aren't followed, so no loop of them is entered.
 *
 * @param cwd without symbolic links
 * @param isIgnored whether the file at an absolute path is left out
 */
export function walk(
  cwd: string,
  matcher: Matcher,
  withFolders: boolean,
  isIgnored: (path: string) => boolean,
): Found {
  const walker = new Walker(matcher, withFolders, isIgnored);
  // The folders above cwd, which patterns with `..` start at. What's in cwd is named without `..` in any case.
  const above = [cwd];
  while (above.length <= matcher.highest) {
    const folder = above.at(-1) ?? cwd;
    if (dirname(folder) === folder)
      throw new ArgumentError(
        `a pattern starts with ${matcher.highest} times ".."; ${cwd} has fewer folders above it`,
      );
    above.push(dirname(folder));
  }
  let inherited: Place = new Set();
  for (let up = matcher.highest; up >= 0; up--) {
    const place = new Set([...matcher.start(up), ...inherited]);
    const below = up > 0 ? basename(above[up - 1] ?? "") : undefined;
    walker.enter({ path: above[up] ?? cwd, shown: "../".repeat(up), place, skip: below });
    inherited = below === undefined ? place : matcher.enter(place, below);
  }
  return walker;
}

interface Folder {
  /** Absolute. */
  readonly path: string;
  /** From cwd, with a slash at the end; "" for cwd. */
  readonly shown: string;
  readonly place: Place;
  /** A name that's left out. */
  readonly skip?: string | undefined;
}

class Walker implements Found {
  readonly files: string[] = [];
  readonly folders: string[] = [];
  readonly special: SpecialFile[] = [];
  readonly matched = new Set<number>();
  readonly #matcher: Matcher;
  readonly #withFolders: boolean;
  readonly #isIgnored: (path: string) => boolean;

  constructor(matcher: Matcher, withFolders: boolean, isIgnored: (path: string) => boolean) {
    this.#matcher = matcher;
    this.#withFolders = withFolders;
    this.#isIgnored = isIgnored;
  }

  /** @returns whether anything in the folder matches */
  enter({ path, shown, place, skip }: Folder): boolean {
    if (!isPossible(place)) return false;
    let isEmpty = true;
    for (const entry of entries(path, shown)) {
      if (entry.name === skip) continue;
      const kind = kindOf(entry, path);
      const { matched, within } = this.#matcher.match(place, entry.name, kind === "folder");
      if (matched.length === 0 && within.size === 0) continue;
      if (entry.name.includes("\ufffd")) checkName(path, shown, entry.name);
      const inner = { path: `${path === "/" ? "" : path}/${entry.name}`, shown: shown + entry.name };
      if (kind !== "folder" && kind !== "file") {
        this.special.push({ kind, path: inner.shown });
        continue;
      }
      const isFound = kind === "folder" ? this.#folder(inner, within, matched) : this.#file(inner, matched);
      if (isFound) isEmpty = false;
    }
    return !isEmpty;
  }

  #file({ path, shown }: { path: string; shown: string }, matched: readonly number[]): boolean {
    if (this.#isIgnored(path)) return false;
    this.files.push(shown);
    for (const pattern of matched) this.matched.add(pattern);
    return true;
  }

  #folder(
    { path, shown }: { path: string; shown: string },
    place: Place,
    matched: readonly number[],
  ): boolean {
    if (this.enter({ path, shown: `${shown}/`, place })) return true;
    if (!this.#withFolders || matched.length === 0) return false;
    this.folders.push(shown);
    for (const pattern of matched) this.matched.add(pattern);
    return true;
  }
}

function entries(path: string, shown: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch (cause) {
    throw shown === "" ? unreadable("folder", path, cause) : lost("folder", shown, cause);
  }
}

function kindOf(entry: Dirent, folder: string): "folder" | "file" | SpecialFile["kind"] {
  if (entry.isFile() || entry.isSymbolicLink()) return "file";
  if (entry.isDirectory()) return "folder";
  const known = specialKind(entry);
  if (known !== undefined) return known;
  // Some file systems don't say.
  const stats = lstatSync(`${folder}/${entry.name}`, { throwIfNoEntry: false });
  if (stats?.isDirectory()) return "folder";
  return (stats && specialKind(stats)) ?? "file";
}

function specialKind(file: Dirent | Stats): SpecialFile["kind"] | undefined {
  if (file.isFIFO()) return "FIFO";
  if (file.isSocket()) return "socket";
  return file.isCharacterDevice() || file.isBlockDevice() ? "device" : undefined;
}

/** A name with U+FFFD may have invalid bytes, which Bun decodes to it. Then no path in JavaScript leads to the file. */
function checkName(path: string, shown: string, name: string): void {
  const names = readdirSync(path, { encoding: "buffer" });
  const real = Buffer.from(name);
  if (names.some((bytes) => bytes.equals(real))) return;
  const bytes = names.find((one) => one.toString() === name) ?? real;
  const readable = bytes
    .toString("latin1")
    .replace(/[^ -~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
  throw unreadable("name", `${shown}${readable}`, "it isn't valid UTF-8; rename it, or exclude it");
}

/** The real path of cwd. Its parents are those that `..` leads to. */
export function realFolder(cwd: string): string {
  try {
    return realpathSync(cwd);
  } catch (cause) {
    throw unreadable("folder", cwd, cause);
  }
}
