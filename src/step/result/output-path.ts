/*
 * Which paths a result may name. A manifest comes from a cache, which may be damaged or hostile, so nothing in it is
 * believed: a path has to be one that the step could have written itself.
 */

/** The longest path, in characters: Linux's PATH_MAX. */
const longest = 4096;

/**
 * Why a path can't be that of an output; undefined if it can. A path is relative to the directory of the step, has `/`
 * between its parts, and stays below that directory.
 */
export function badPath(path: string): string | undefined {
  if (path === "") return "it is empty";
  if (path.length > longest) return `it is longer than ${longest} characters`;
  if (!path.isWellFormed() || path.includes("\0")) return "it isn't text that names a file";
  if (path.startsWith("/") || (windows && /[\\:]/.test(path))) return "it isn't relative";
  if (path.split("/").some((part) => part === "" || part === "." || part === "..")) {
    return "it has an empty part, or one that is . or ..";
  }
  return undefined;
}

/**
 * Why a symlink at `path` can't lead to `target`; undefined if it can. Where it leads has to be within the directory of
 * the step, because what is written through it later lands there.
 */
export function badTarget(path: string, target: string): string | undefined {
  if (target === "" || target.length > longest || !target.isWellFormed() || target.includes("\0")) {
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
 * Why these paths can't all exist beside each other; undefined if they can. A file can't be a folder of another, and no
 * two names may be equal on a file system that ignores case or composes accents, as those of macOS and Windows do.
 */
export function badTogether(paths: readonly string[]): string | undefined {
  const seen = new Map(paths.map((path) => [folded(path), path]));
  if (seen.size < paths.length) {
    const twice = paths.find((path) => seen.get(folded(path)) !== path);
    return `${twice} and ${seen.get(folded(twice ?? ""))} are the same file on some file systems`;
  }
  for (const path of paths) {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const above = seen.get(folded(path.slice(0, at)));
      if (above !== undefined) return `${above} can't be the folder of ${path}`;
    }
  }
  return undefined;
}

function folded(path: string): string {
  return path.normalize("NFC").toLowerCase();
}
