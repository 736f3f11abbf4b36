import { closeSync, fstatSync, futimesSync, openSync, readSync } from "node:fs";
import { hasCode } from "../../trouble.ts";
import { toRead } from "../store/open-file.ts";
import { TempFile } from "../store/temp-file.ts";
import { useInterval } from "../store/trim/limits.ts";
import type { GoDirectories } from "./cache-directory.ts";
import { formatGoEntry, type GoEntry, goEntryLength, parseGoEntry } from "./go-entry.ts";

/** The mode of every file. Source: DiskCache.put and putIndexEntry of cmd/go/internal/cache */
const mode = 0o666;

/**
 * The end of the name of a temporary file, which is that of a body. So if its writer is killed, go's trim removes it: it
 * removes what ends like this, whatever comes before, and is older than five days. Nobody looks for a body of that name.
 * Source: trimSubdir of cmd/go/internal/cache
 */
const suffix = "-d";

/** The read buffer: one byte longer than an entry, to detect a file that is too long. */
const buffer = Buffer.allocUnsafe(goEntryLength + 1);

/** Creates a file in a folder of the cache, which is invisible until it's renamed. @throws what the file system says */
export function createFile(directories: GoDirectories, folder: string): TempFile {
  return new TempFile(directories, folder, mode, suffix);
}

/**
 * Reads the entry of an action, and marks it as used, even if its body turns out to be missing, as go does. Anything but a
 * valid entry reads as none, and a pipe or device doesn't block.
 */
export function readEntry(path: string, actionID: string): GoEntry | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(path, toRead);
    const length = readSync(fd, buffer, 0, buffer.length, 0);
    const entry = parseGoEntry(buffer.toString("latin1", 0, length), actionID);
    if (entry !== undefined && isOld(fstatSync(fd).mtimeMs)) touch(fd);
    return entry;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Writes an entry, of a whole cache. @throws what the file system says */
export function writeEntry(
  directories: GoDirectories,
  folder: string,
  path: string,
  actionID: string,
  entry: GoEntry,
): void {
  const file = createFile(directories, folder);
  try {
    file.write(Buffer.from(formatGoEntry(actionID, entry)));
    file.commit(path);
  } finally {
    file.discard();
  }
}

/** Marks a body as used, so that go's trim spares it. @returns whether it's still there */
export function markUsed(path: string): boolean {
  let fd: number | undefined;
  try {
    fd = openSync(path, toRead);
    if (fstatSync(fd).isFile()) touch(fd);
    return true;
  } catch (error) {
    return !hasCode(error, "ENOENT");
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Sets the mtime to now, if that is allowed. */
function touch(fd: number): void {
  const now = Date.now() / 1000;
  try {
    futimesSync(fd, now, now);
  } catch {
    // It belongs to somebody else, or the file system is read-only.
  }
}

/** Whether a file with this mtime, in ms, is to be marked as used. Source: DiskCache.markUsed of cmd/go/internal/cache */
export function isOld(mtime: number): boolean {
  return Date.now() - mtime >= useInterval * 1000;
}
