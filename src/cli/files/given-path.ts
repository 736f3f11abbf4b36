import { isAbsolute } from "node:path";
import { knownHome, type NoDirectory } from "../../user-directory.ts";
import { UsageError } from "../failure.ts";

/**
 * Replaces a leading `~` by the home directory. A shell doesn't do it in quotes or after `=`, and go doesn't in
 * GOCACHEPROG; without this, a directory named `~` would be created.
 *
 * @param what the option or operand, for messages
 * @throws {UsageError} for `~user`, or if there is no home directory
 */
export function givenPath(path: string, what: string): string {
  if (!path.startsWith("~")) return path;
  if (path === "~" || path.startsWith("~/")) return `${home(`an absolute path for ${what}`)}${path.slice(1)}`;
  throw new UsageError(
    `${what} is ${path}; ~user isn't supported; expected a full path, or ./${path} for a file of that name`,
  );
}

/**
 * The user's home directory: HOME, or the system's record if HOME isn't set.
 *
 * @param instead what the user can give instead, for messages
 * @throws {UsageError} if there is none, or HOME is a relative path
 */
function home(instead: string): string {
  const path = knownHome();
  if (isAbsolute(path)) return path;
  throw noDirectory({ variable: "HOME", value: path || undefined }, instead);
}

/** The error for a directory of the user that doesn't exist. @param instead what the user can give instead */
export function noDirectory({ variable, value }: NoDirectory, instead: string): UsageError {
  if (value !== undefined)
    return new UsageError(
      `the environment variable ${variable} is the relative path ${value}; expected it to be absolute, or ${instead}`,
    );
  const what = variable === "HOME" ? "there is no home directory" : "there is no cache directory";
  return new UsageError(`${what}: ${variable} isn't set; expected ${instead}`);
}
