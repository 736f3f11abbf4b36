import { closeSync, lstatSync, mkdirSync, openSync, renameSync, rmdirSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { hasCode } from "../../trouble.ts";
import { asideName } from "./store-names.ts";

/**
 * The directories that a store writes to. Each is a real one: a link would lead out of the store. What else stands in
 * the way, of a directory or of a file, isn't the store's, and so it isn't removed: it gets another name, beside the
 * one it had.
 */
export class Directories {
  readonly #onAside: (path: string, name: string) => void;

  /** @param onAside told what got which name */
  constructor(onAside: (path: string, name: string) => void) {
    this.#onAside = onAside;
  }

  /**
   * Sees to it that a directory is there, and is one. It's looked at each time: it can be removed, or a link take its
   * place, at any moment.
   * @throws what the file system says
   */
  ensure(path: string): void {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory()) return;
    if (stat !== undefined) this.#putAside(path, "other");
    mkdirSync(path, { recursive: true });
  }

  /** Renames a file to a place, over any file that is there. @throws what the file system says */
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
 * Gives what is at the path another name, if it's still of that kind. Another process may have done so, and put what
 * belongs there into its place, since this one looked: so the new name is that of an empty thing of the same kind,
 * which rename(2) replaces with nothing else.
 *
 * @returns the name; undefined where nothing of that kind is there
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
