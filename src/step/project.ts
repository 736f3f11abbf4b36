import { existsSync, realpathSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ArgumentError } from "../errors.ts";
import { shownPath } from "../text.ts";
import { reason } from "../trouble.ts";
import { type PackageFile, readPackageFile } from "./package-file.ts";

/**
 * Finds the root of the project that a directory is in: the nearest directory, itself included, whose package.json has
 * "workspaces"; else the nearest with a .git; else the nearest with a package.json; else the directory itself. A
 * package.json that can't be read counts as one without workspaces: who needs more of it gets the error.
 *
 * @returns an absolute path without symbolic links
 * @throws {ArgumentError} if the directory doesn't exist
 */
export function findRoot(cwd: string): string {
  const start = realDirectory(cwd);
  const above = ancestors(start);
  return (
    above.find((directory) => readable(directory)?.workspaces !== undefined) ??
    above.find((directory) => existsSync(join(directory, ".git"))) ??
    findPackage(start) ??
    start
  );
}

/**
 * Finds the package that a directory is in: the nearest directory, itself included, with a package.json, as `npm run`
 * does.
 *
 * @returns an absolute path without symbolic links
 * @throws {ArgumentError} if the directory doesn't exist
 */
export function findPackage(cwd: string): string | undefined {
  return ancestors(realDirectory(cwd)).find((directory) => existsSync(join(directory, "package.json")));
}

/**
 * The path of a directory from the project's root, with "/" between the names, and "" for the root itself. Symbolic
 * links are followed first, so that a directory has one path.
 *
 * @throws {ArgumentError} if the directory isn't in the root, or one of them doesn't exist
 */
export function directoryInRoot(directory: string, root: string): string {
  const path = relative(realDirectory(root), realDirectory(directory)).replaceAll("\\", "/");
  if (path !== ".." && !path.startsWith("../") && !/^[A-Za-z]:/.test(path)) return path;
  throw new ArgumentError(`${shownPath(directory)} isn't in the project, whose root is ${shownPath(root)}`);
}

/** The id of a step: "packages/lib:build", or ":build" in the root. */
export function stepID(directoryInRoot: string, name: string): string {
  return `${directoryInRoot}:${name}`;
}

/** @throws {ArgumentError} if there is no such directory */
function realDirectory(directory: string): string {
  try {
    return realpathSync.native(directory);
  } catch (cause) {
    throw new ArgumentError(`${shownPath(directory)} can't be opened: ${reason(cause)}`, { cause });
  }
}

/** A directory and all above it. */
function ancestors(directory: string): string[] {
  const above = [directory];
  for (let next = dirname(directory); next !== above.at(-1); next = dirname(next)) above.push(next);
  return above;
}

function readable(directory: string): PackageFile | undefined {
  try {
    return readPackageFile(directory);
  } catch {
    return undefined;
  }
}
