/*
 * Which paths a result may name. A manifest comes from a cache, which may be damaged or hostile, so nothing in it is
 * believed: a path has to be one that the step could have written itself.
 */

/** The longest path, in bytes of UTF-8: Linux's PATH_MAX. */
const longest = 4096;
/** The longest name in a path, in bytes of UTF-8: that of most file systems. */
const longestName = 255;
/** The most files and folders of a result: each takes a block of the disk or an inode, even without content. */
const most = 1_000_000;

/**
 * Why a path can't be that of an output; undefined if it can. A path is relative to the directory of the step, has `/`
 * between its parts, and stays below that directory.
 */
export function badPath(path: string): string | undefined {
  if (path === "") return "it is empty";
  if (Buffer.byteLength(path) > longest) return `it is longer than ${longest} bytes`;
  if (!path.isWellFormed() || path.includes("\0")) return "it isn't text that names a file";
  if (path.startsWith("/") || (windows && /[\\:]/.test(path))) return "it isn't relative";
  if (path.split("/").some((part) => part === "" || part === "." || part === "..")) {
    return "it has an empty part, or one that is . or ..";
  }
  if (path.length > longestName / 3 && path.split("/").some((name) => Buffer.byteLength(name) > longestName))
    return `it has a name of more than ${longestName} bytes`;
  return undefined;
}

/**
 * Why a symlink at `path` can't lead to `target`; undefined if it can. Where it leads has to be within the directory of
 * the step, because what is written through it later lands there.
 */
export function badTarget(path: string, target: string): string | undefined {
  if (
    target === "" ||
    Buffer.byteLength(target) > longest ||
    !target.isWellFormed() ||
    target.includes("\0")
  ) {
    return "its target isn't text that names a file";
  }
  if (target.startsWith("/") || (windows && /[\\:]/.test(target))) return "its target isn't relative";
  let depth = path.split("/").length - 1;
  let hasName = false;
  for (const part of target.split("/")) {
    // After a name, which may be a symlink itself, `..` leads anywhere.
    if (part === ".." && hasName) return "its target has .. after a name";
    if (part === "..") depth--;
    else if (part !== "" && part !== ".") hasName = true;
    if (depth < 0) return "its target is outside the directory of the step";
  }
  return undefined;
}

const windows = process.platform === "win32";

/**
 * Why these paths can't be those of one result; undefined if they can. A file can't be a folder of another, no two names
 * may be equal on a file system that ignores case or composes accents, as those of macOS and Windows do, and there may be
 * a million files and folders.
 */
export function badTogether(paths: readonly string[]): string | undefined {
  const root: Folder = { one: "", names: new Map() };
  let folders = 0;
  for (const path of paths) {
    const names = folded(path).split("/");
    const last = names.pop() ?? "";
    let folder = root;
    for (const name of names) {
      let next = folder.names.get(name);
      if (typeof next === "string") return `${next} can't be the folder of ${path}`;
      if (next === undefined) {
        next = { one: path, names: new Map() };
        folder.names.set(name, next);
        folders++;
      }
      folder = next;
    }
    const there = folder.names.get(last);
    if (typeof there === "string") return `${path} and ${there} are the same file on some file systems`;
    if (there !== undefined) return `${path} can't be the folder of ${there.one}`;
    folder.names.set(last, path);
    if (paths.length + folders > most) return `it has more than ${most} files and folders`;
  }
  return undefined;
}

/** A folder of a result. */
interface Folder {
  /** A path in it. */
  readonly one: string;
  /** What is in it, by folded name: folders, and the paths of files. */
  readonly names: Map<string, Folder | string>;
}

function folded(path: string): string {
  return path.normalize("NFC").toLowerCase();
}
