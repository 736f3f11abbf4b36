/**
 * Makes a path absolute. Unlike path.resolve, it keeps a `..` that follows a name: if the name is a symbolic link,
 * its parent is another directory.
 *
 * @param directory the base of a relative path, as process.cwd() returns it
 */
export function absolutePath(path: string, directory: string): string {
  // Not imported above, so that a script that imports the library doesn't load it; see client/client.ts.
  const { isAbsolute, resolve } = process.getBuiltinModule("node:path");
  if (isAbsolute(path)) return path;
  const named = path.replace(/^(?:\.{1,2}\/+)+/, "");
  return named.split("/").includes("..") ? `${directory}/${path}` : resolve(directory, path);
}
