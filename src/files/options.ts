import { readArgument } from "../argument.ts";
import { ArgumentError } from "../errors.ts";
import { checkDecoded, describe } from "../text.ts";
import { DigestCache } from "./digest-cache.ts";

/** Options of a file set. */
export interface FileSetOptions {
  /** The folder that patterns and paths start at. Default: this process's working directory. */
  readonly cwd?: string | undefined;
  /** Whether folders that match, and in which nothing matches, count, too: as entries of kind "directory". Default: false. */
  readonly directories?: boolean | undefined;
  /**
   * A file that remembers the digests of files, so that unchanged ones aren't read again: its path from this process's
   * working directory, or a cache that's open. It's made if it doesn't exist, and never part of a set.
   */
  readonly digests?: string | DigestCache | undefined;
}

export interface Settings {
  readonly cwd: string;
  readonly directories: boolean;
  readonly digests: DigestCache | undefined;
}

const names = ["cwd", "directories", "digests"] as const satisfies readonly (keyof FileSetOptions)[];

/** @throws {ArgumentError} for an unknown option, or a value of the wrong kind */
export function fileSetSettings(options: FileSetOptions): Settings {
  return readArgument("the options of the file set", () => {
    checkNames(options, names);
    const { cwd = process.cwd(), directories = false, digests } = options;
    checkPath("cwd", cwd);
    if (typeof directories !== "boolean")
      throw new ArgumentError(`option directories is ${describe(directories)}; expected true or false`);
    if (digests === undefined || digests instanceof DigestCache) return { cwd, directories, digests };
    checkPath("digests", digests);
    return { cwd, directories, digests: new DigestCache(digests) };
  });
}

/** @throws {ArgumentError} for anything but an object with these options */
export function checkNames(options: object, known: readonly string[]): void {
  if (options === null || typeof options !== "object")
    throw new ArgumentError(`the options of the file set are ${describe(options)}; expected an object`);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new ArgumentError(
      `unknown option ${JSON.stringify(unknown)}; expected one of: ${known.join(", ")}`,
    );
}

function checkPath(option: string, path: unknown): void {
  if (typeof path !== "string" || path === "" || path.includes("\0"))
    throw new ArgumentError(`option ${option} is ${describe(path)}; expected a path`);
  checkDecoded(path, `option ${option}`);
}
