import { isAbsolute, resolve } from "node:path";

/**
 * A path as it is from any directory. `..` after a name stays, which resolve takes away together with the name: where
 * that is a link, up from there is elsewhere.
 *
 * @param directory what a relative path counts from, as process.cwd() says it
 */
export function absolutePath(path: string, directory: string): string {
  if (isAbsolute(path)) return path;
  const named = path.replace(/^(?:\.{1,2}\/+)+/, "");
  return named.split("/").includes("..") ? `${directory}/${path}` : resolve(directory, path);
}
