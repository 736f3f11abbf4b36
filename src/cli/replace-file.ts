import { randomUUID } from "node:crypto";
import { rmSync, type Stats } from "node:fs";
import { open, realpath, rename, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { atExit } from "./at-exit.ts";
import { Failure, systemReason } from "./failure.ts";

/**
 * Says no before anything is started.
 *
 * @throws (rejects) {Failure} for a path that is a directory, or in none
 */
export async function checkTarget(path: string): Promise<void> {
  const stats = await target(path);
  const folder = dirname(resolve(path));
  if (stats === undefined && !(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw new Failure(`can not write ${path}: there is no directory ${folder}`);
  }
}

/**
 * Writes a file so that whoever looks sees the old one or the new one, whole. Links are followed, and the mode of the
 * old one is kept. A device or a pipe can only be written to, and so is whatever stands below /dev: /dev/fd/3 may lead
 * to a file that others write to as well.
 *
 * @throws (rejects) {Failure} where it can not be written, and what `body` throws; then the path is as it was
 */
export async function replaceFile(path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
  const stats = await target(path);
  if (stats !== undefined && (!stats.isFile() || resolve(path).startsWith("/dev/"))) {
    return writeFile(path, path, body, "a");
  }
  const place = stats === undefined ? resolve(path) : await writing(path, realpath(path));
  const temporary = join(dirname(place), `.cacheprogw-${randomUUID()}`);
  const remove = () => rmSync(temporary, { force: true });
  const forget = atExit(remove);
  try {
    await writeFile(temporary, path, body, "wx", stats?.mode);
    await writing(path, rename(temporary, place));
  } catch (error) {
    remove();
    throw error;
  } finally {
    forget();
  }
}

/**
 * Writes a new file, or to what is there. After a failure, what was written is there.
 *
 * @param shown what its path is called in a message
 * @throws (rejects) {Failure} where it can not be written, and what `body` throws
 */
export async function writeFile(
  path: string,
  shown: string,
  body: AsyncIterable<Uint8Array>,
  flags: "a" | "wx",
  mode?: number,
): Promise<void> {
  const file = await writing(shown, open(path, flags));
  try {
    if (mode !== undefined) await writing(shown, file.chmod(mode));
    for await (const chunk of body) {
      for (let rest = chunk; rest.length > 0; ) {
        const { bytesWritten } = await writing(shown, file.write(rest));
        rest = rest.subarray(bytesWritten);
      }
    }
  } finally {
    // Some file systems say only now that there was no room.
    await writing(shown, file.close());
  }
}

/** What is at the path, at the end of all links; undefined where nothing is. */
async function target(path: string): Promise<Stats | undefined> {
  const stats = await stat(path).catch((error) =>
    error instanceof Error && "code" in error && error.code === "ENOENT" ? undefined : refuse(path, error),
  );
  if (stats?.isDirectory()) throw new Failure(`can not write ${path}: it is a directory; expected a file`);
  return stats;
}

async function writing<T>(shown: string, work: Promise<T>): Promise<T> {
  return work.catch((cause) => refuse(shown, cause));
}

function refuse(shown: string, cause: unknown): never {
  throw new Failure(`can not write ${shown}: ${systemReason(cause)}`, { cause });
}
