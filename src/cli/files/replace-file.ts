import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { type FileHandle, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "../../trouble.ts";
import { atExit } from "../process/at-exit.ts";
import { beside, type FileTarget, findTarget, refuse } from "./file-target.ts";
import { TempFolder } from "./temp-folder.ts";

/**
 * Writes a file so that whoever looks sees the old one or the new one, whole. Links are followed, also one that leads
 * to nothing yet, and the mode of the old file is kept.
 *
 * A device, a pipe and a file that somebody has open are added to. A file that can be written but not replaced, as where
 * a container has it mounted, is written over, once all of the new content is there.
 *
 * @throws (rejects) {Failure} where it can not be written, and what `body` throws; then the path is as it was, unless
 *   the disk filled up while a file was written over
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
 * Writes a new file, or adds to what is there. After a failure, what was written is there.
 *
 * @param shown what its path is called in a message
 * @throws (rejects) {Failure} where it can not be written, and what `body` throws
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

/** Undefined where a file can't be replaced but may be written over; otherwise throws the error. */
function unlessReplaceable({ stats }: FileTarget, shown: string, error: unknown): undefined {
  // A directory that may not be changed, and a file that is a mount point.
  const isOfPlace = hasCode(error, "EACCES", "EPERM", "EROFS", "EBUSY");
  return stats !== undefined && isOfPlace ? undefined : refuse(shown, error);
}

/** Writes over a file, once all that the body has is in a file elsewhere: a body may fail. */
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

/** Writes a body from where the file is. @returns its size */
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
    // Some file systems say only now that there was no room.
    await writing(shown, file.close());
  }
}

async function writing<T>(shown: string, work: Promise<T>): Promise<T> {
  return work.catch((cause) => refuse(shown, cause));
}
