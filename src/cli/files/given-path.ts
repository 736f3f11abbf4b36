import { isAbsolute } from "node:path";
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
export function home(instead: string): string {
  const path = knownHome();
  if (path === "") throw new UsageError(`there is no home directory: HOME isn't set; expected ${instead}`);
  if (isAbsolute(path)) return path;
  throw new UsageError(
    `the environment variable HOME is the relative path ${path}; expected HOME to be absolute, or ${instead}`,
  );
}

function knownHome(): string {
  try {
    // Loading node:os takes 0.3 ms, and go waits for serve, which doesn't need it if it's given a directory.
    return process.getBuiltinModule("node:os").homedir();
  } catch {
    return ""; // the system doesn't know the user
  }
}
