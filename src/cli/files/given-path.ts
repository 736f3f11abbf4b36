import { homedir } from "node:os";
import { isAbsolute } from "node:path";
import { UsageError } from "../failure.ts";

/**
 * A path as a user means it: `~` is the home directory. A shell puts it there, but not in quotes, not after `=`, and go
 * doesn't in GOCACHEPROG: the path would be one in a new directory that is called `~`.
 *
 * @param what what takes the path, for a message
 * @throws {UsageError} for the home directory of another user, and where there is no home directory
 */
export function givenPath(path: string, what: string): string {
  if (!path.startsWith("~")) return path;
  if (path === "~" || path.startsWith("~/")) return `${home(`an absolute path for ${what}`)}${path.slice(1)}`;
  throw new UsageError(
    `${what} is ${path}; expected a path without ~user, or ./${path} for a file that is called so`,
  );
}

/**
 * The user's home directory: HOME, or what the system knows where that isn't set.
 *
 * @param instead what a user can give in its place, for a message
 * @throws {UsageError} where there is none, or HOME is a relative path
 */
export function home(instead: string): string {
  const path = knownHome();
  if (path === "") throw new UsageError(`there is no home directory: HOME is not set; expected ${instead}`);
  if (isAbsolute(path)) return path;
  throw new UsageError(
    `the environment variable HOME is the relative path ${path}; expected an absolute one, or ${instead}`,
  );
}

function knownHome(): string {
  try {
    return homedir();
  } catch {
    return ""; // the system doesn't know the user
  }
}
