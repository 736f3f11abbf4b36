import { statSync } from "node:fs";
import { join } from "node:path";
import { checkDecoded } from "../../text.ts";
import { knownHome, userDirectory } from "../../user-directory.ts";
import type { Input, Option } from "../command.ts";
import { Failure } from "../failure.ts";
import { noDirectory } from "./given-path.ts";

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
 * @param instead what the user can give instead of the default, for messages
 * @throws {UsageError} if there is no default
 * @throws {Failure} if it is a file
 */
export function chooseStore(options: Input["options"], instead = "--dir DIR"): string {
  const dir = options.get("dir") ?? defaultDirectory(instead);
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

function defaultDirectory(instead: string): string {
  const directory = userDirectory("cache", process.env, knownHome());
  if (typeof directory === "string") return join(directory, "cacheprogw");
  throw noDirectory(directory, instead);
}
