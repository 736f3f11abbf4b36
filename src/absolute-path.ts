import { isAbsolute, resolve } from "node:path";

/**
 * Makes a path absolute. Unlike path.resolve, it keeps a `..` that follows a name: if the name is a symbolic link,
 * its parent is another directory.
 *
 * @param directory the base of a relative path, as process.cwd() returns it
 */
export function absolutePath(path: string, directory: string): string {
  if (isAbsolute(path)) return path;
  const named = path.replace(/^(?:\.{1,2}\/+)+/, "");
  return named.split("/").includes("..") ? `${directory}/${path}` : resolve(directory, path);
}
