import { closeSync, lstatSync, mkdirSync, openSync, renameSync, rmdirSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { hasCode } from "../../trouble.ts";
import { asideName } from "./store-names.ts";

/**
 * The directories that a store writes to. Each must be a real directory, because a link would lead out of the store.
 * Anything else in the way of a directory or file isn't the store's, so it's never removed, only renamed in place.
 */
export class Directories {
  readonly #onAside: (path: string, name: string) => void;

  /** @param onAside called with the path and the new name after a rename */
  constructor(onAside: (path: string, name: string) => void) {
    this.#onAside = onAside;
  }

  /**
   * Creates a directory unless it exists. It checks each time, because the directory can be removed or replaced by a
   * link at any moment.
   * @throws what the file system says
   */
  ensure(path: string): void {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return;
    if (stat !== undefined) this.#putAside(path, "other");
    mkdirSync(path, { recursive: true });
  }

  /** Renames a file, and replaces a file at the target. @throws what the file system says */
  move(from: string, to: string): void {
    this.ensure(dirname(to));
    try {
      renameSync(from, to);
    } catch (error) {
      if (!hasCode(error, "EISDIR")) throw error;
      this.#putAside(to, "directory");
      renameSync(from, to);
    }
  }

  #putAside(path: string, kind: "directory" | "other"): void {
    const name = putAside(path, kind);
    if (name !== undefined) this.#onAside(path, name);
  }
}

/**
 * Renames the file or directory at the path, if it's still of that kind. Another process may have done so already and
 * put the right thing in its place. So the new name is created first as an empty file or directory: rename(2) replaces
 * it only with the same kind.
 *
 * @returns the new name; undefined if nothing of that kind is at the path
 * @throws what the file system says
 */
export function putAside(path: string, kind: "directory" | "other"): string | undefined {
  const name = asideName(path);
  if (kind === "directory") mkdirSync(name);
  else closeSync(openSync(name, "wx"));
  try {
    renameSync(path, name);
    return name;
  } catch (error) {
    if (kind === "directory") rmdirSync(name);
    else unlinkSync(name);
    const isGone = hasCode(error, "ENOENT", "ENOTDIR", "EISDIR");
    if (isGone) return undefined;
    throw error;
  }
}
