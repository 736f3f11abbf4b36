import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ArgumentError } from "../errors.ts";
import { describe } from "../text.ts";
import { hasCode, reason } from "../trouble.ts";

/** What a package.json holds. Nothing in it is checked. */
export type PackageFile = Readonly<Record<string, unknown>>;

/**
 * Reads the package.json of a directory, as npm does: UTF-8, with or without a byte order mark. Where a key comes twice,
 * the last one counts, as for JSON.parse.
 *
 * @param shown its path for an error
 * @returns undefined if there is none
 * @throws {ArgumentError} if it can't be read, isn't JSON, or isn't an object
 */
export function readPackageFile(
  directory: string,
  shown = join(directory, "package.json"),
): PackageFile | undefined {
  const text = read(directory, shown);
  if (text === undefined) return undefined;
  const value = parse(text, shown);
  if (isRecord(value)) return value;
  throw new ArgumentError(`${shown} holds ${describe(value)}; expected an object`);
}

/** Whether a value from JSON is an object, and not a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function read(directory: string, shown: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(join(directory, "package.json")));
  } catch (cause) {
    if (hasCode(cause, "ENOENT", "ENOTDIR")) return undefined;
    const why = cause instanceof TypeError ? "it isn't valid UTF-8" : reason(cause);
    throw new ArgumentError(`${shown} can't be read: ${why}`, { cause });
  }
}

function parse(text: string, shown: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch (cause) {
    throw new ArgumentError(`${shown} isn't JSON: ${reason(cause)}`, { cause });
  }
}
