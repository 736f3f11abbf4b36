import { absolutePath } from "../absolute-path.ts";
import { readArgument } from "../argument.ts";
import { ArgumentError } from "../errors.ts";
import { checkText, describe, shownPath } from "../text.ts";
import { checkID, copyID, type PutResult } from "./entry.ts";
import { type CopyOptions, copySettings } from "./options.ts";

/**
 * Copies the file of an entry to a path of your own. An entry's diskPath is read-only and belongs to the cache program,
 * which may remove it after close; the copy is yours: writable, unless `mode` says otherwise.
 *
 * Where the file system can, the copy is a clone, which takes no space until one of the two changes. Either way, its size
 * and SHA-256 are compared with the entry's. The copy is made under a temporary name beside the path, and then replaces
 * what is there at once: readers see the old file or the whole new one. A symbolic link at the path is replaced, not
 * followed. Missing parent directories are created, and stay if the copy fails. After any failure, the path is as it was;
 * only a process that is killed meanwhile leaves the temporary file, named `.cacheprogw-` and a UUID.
 *
 * @param entry from a get or a put
 * @param path where the copy goes; a relative path starts at the working directory of the moment of the call
 * @throws (rejects) {ArgumentError} if the entry has no file, or the path is a directory, a device, a pipe, a socket or
 *   the entry's own file
 * @throws (rejects) {CacheProgError} `BODY_UNREADABLE` if the cache's file is gone or can't be read; `BODY_CHANGED` if it
 *   isn't what the entry says; `COPY_FAILED` if the copy can't be written; `ABORTED`
 */
export async function copyEntry(entry: PutResult, path: string, options?: CopyOptions): Promise<void> {
  // The caller may change them while the rest is loaded, which isn't imported above so that a script that imports the
  // library doesn't load it; see client.ts.
  const { mode, signal } = copySettings(options);
  const from = readArgument("the entry", () => checkEntry(entry));
  const copy = { ...from, path: checkPath(path), mode, signal };
  const { copyFileOf } = await import("./entry-copy.ts");
  await copyFileOf(copy);
}

function checkEntry(entry: PutResult): PutResult {
  if (entry === null || typeof entry !== "object")
    throw new ArgumentError(`the entry is ${describe(entry)}; expected the result of a get or a put`);
  const { outputID, size, diskPath } = entry;
  checkID(outputID, "outputID of the entry");
  if (!Number.isSafeInteger(size) || size < 0)
    throw new ArgumentError(`the size of the entry is ${describe(size)}; expected a number of bytes`);
  if (typeof diskPath !== "string" || diskPath === "" || diskPath.includes("\0"))
    throw new ArgumentError(
      `the diskPath of the entry is ${describe(diskPath)}; expected the path of its file`,
    );
  return { outputID: copyID(outputID), size, diskPath };
}

function checkPath(path: string): string {
  if (typeof path !== "string" || path === "" || path.includes("\0"))
    throw new ArgumentError(`the path of the copy is ${describe(path)}; expected a path`);
  checkText(path, "the path of the copy");
  if (path.endsWith("/"))
    throw new ArgumentError(
      `the path of the copy, ${shownPath(path)}, is a directory; expected the path of a file`,
    );
  // Absolute, in case the working directory changes meanwhile.
  return readArgument("the working directory", () => absolutePath(path, process.cwd()));
}
