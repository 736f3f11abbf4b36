import { statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { checkDecoded } from "../../text.ts";
import type { Input, Option } from "../command.ts";
import { Failure, UsageError } from "../failure.ts";
import { home } from "./given-path.ts";

/** The option of every command that works on a store. */
export const storeOption = {
  dir: {
    value: "DIR",
    short: "d",
    help: "the directory of the store (default: cacheprogw in your cache directory)",
  },
} as const satisfies Record<string, Option>;

/**
 * The directory of the store that the options name, or the default.
 *
 * @throws {UsageError} if there is no default
 * @throws {Failure} if it is a file
 */
export function chooseStore(options: Input["options"]): string {
  const dir = options.get("dir") ?? defaultDirectory();
  checkDecoded(dir, "the directory of the store");
  if (isFile(dir)) throw new Failure(`can't store in ${dir}: it is a file; expected a directory`);
  return dir;
}

function isFile(path: string): boolean {
  try {
    return !statSync(path).isDirectory();
  } catch {
    return false; // whoever opens it creates it, or says why it can't
  }
}

/** Source: os.UserCacheDir, where go keeps its own cache, and which also refuses a relative path. */
function defaultDirectory(): string {
  const { XDG_CACHE_HOME, LocalAppData } = process.env;
  if (process.platform === "win32" && LocalAppData) return join(LocalAppData, "cacheprogw");
  if (process.platform === "darwin") return join(home(instead), "Library", "Caches", "cacheprogw");
  if (!XDG_CACHE_HOME) return join(home(instead), ".cache", "cacheprogw");
  if (isAbsolute(XDG_CACHE_HOME)) return join(XDG_CACHE_HOME, "cacheprogw");
  throw new UsageError(
    `the environment variable XDG_CACHE_HOME is the relative path ${XDG_CACHE_HOME}; expected it to be absolute, or ${instead}`,
  );
}

const instead = "--dir DIR";
