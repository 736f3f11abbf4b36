import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { atExit } from "../../at-exit.ts";
import { hasCode } from "../../trouble.ts";
import { beside, type FileTarget, findTarget, refuse } from "./file-target.ts";
import { TempFolder } from "./temp-folder.ts";

/**
 * Replaces a file, so that readers see either the whole old file or the whole new one. Symbolic links are followed, even
 * dangling ones, and the mode of the old file is kept.
 *
 * A device, a pipe and an open file such as /dev/fd/3 are appended to. A file that can be written but not replaced, such
 * as a bind mount in a container, is overwritten once the new content is complete.
 *
 * @throws (rejects) {Failure} if the file can't be written, and what `body` throws; the path is unchanged then, unless
 *   the disk filled up while a file was being overwritten
 */
export async function replaceFile(path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
  const target = await findTarget(path);
  if (target.isStream) return writeFile(target.path, path, body, "a");
  const temporary = beside(target.path, `.cacheprogw-${randomUUID()}`);
  const file = await open(temporary, "wx").catch((error) => unlessReplaceable(target, path, error));
  if (file === undefined) return writeOver(target, path, body);
  const remove = () => rmSync(temporary, { force: true });
  const forget = atExit(remove);
  try {
    await closing(file, path, async () => {
      if (target.stats !== undefined) await writing(path, file.chmod(target.stats.mode));
      await fill(file, path, body);
    });
    const isReplaced = await rename(temporary, target.path).then(
      () => true,
      (error) => unlessReplaceable(target, path, error),
    );
    if (!isReplaced) await copyOver(target, path, temporary);
  } finally {
    remove();
    forget();
  }
}

/**
 * Writes a new file, or appends to a file. After a failure, the part that was written stays.
 *
 * @param shown the path in messages
 * @throws (rejects) {Failure} if the file can't be written, and what `body` throws
 */
export async function writeFile(
  path: string,
  shown: string,
  body: AsyncIterable<Uint8Array>,
  flags: "a" | "wx",
): Promise<void> {
  const file = await writing(shown, open(path, flags));
  await closing(file, shown, () => fill(file, shown, body));
}

/** Returns undefined if a file can't be replaced but may be overwritten; otherwise throws the error. */
function unlessReplaceable({ stats }: FileTarget, shown: string, error: unknown): undefined {
  // A read-only directory, or a file that is a mount point.
  const isOfPlace = hasCode(error, "EACCES", "EPERM", "EROFS", "EBUSY");
  return stats !== undefined && isOfPlace ? undefined : refuse(shown, error);
}

/** Overwrites a file, once the whole body is in a temporary file: the body may fail. */
async function writeOver(target: FileTarget, shown: string, body: AsyncIterable<Uint8Array>): Promise<void> {
  await using folder = new TempFolder();
  const copy = join(folder.path, "body");
  await writeFile(copy, shown, body, "wx");
  await copyOver(target, shown, copy);
}

async function copyOver({ path }: FileTarget, shown: string, from: string): Promise<void> {
  const file = await writing(shown, open(path, "r+"));
  await closing(file, shown, async () => {
    const size = await fill(file, shown, Bun.file(from).stream());
    await writing(shown, file.truncate(size));
  });
}

/** Writes a body at the current position of the file. @returns its size */
async function fill(file: FileHandle, shown: string, body: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of body) {
    for (let rest = chunk; rest.length > 0; ) {
      const { bytesWritten } = await writing(shown, file.write(rest));
      rest = rest.subarray(bytesWritten);
      size += bytesWritten;
    }
  }
  return size;
}

async function closing(file: FileHandle, shown: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } finally {
    // Some file systems report a full disk only at close.
    await writing(shown, file.close());
  }
}

async function writing<T>(shown: string, work: Promise<T>): Promise<T> {
  return work.catch((cause) => refuse(shown, cause));
}
