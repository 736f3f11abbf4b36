import { constants, type Stats } from "node:fs";
import { access, lstat, readlink, realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute } from "node:path";
import { hasCode } from "../../trouble.ts";
import { Failure, systemReason } from "../failure.ts";

/**
 * Where a file is to be written, at the end of all links.
 *
 * A relative path stays relative: the system knows the working directory also when it was moved, and refuses where it
 * was deleted. Its name may lead to another one by then.
 */
export interface FileTarget {
  readonly path: string;
  /** What is there now; undefined where nothing is. */
  readonly stats: Stats | undefined;
  /** A device, a pipe, or a file that somebody has open, such as /dev/fd/3: it can only be added to. */
  readonly isStream: boolean;
}

/** As many links as Linux follows. */
const mostLinks = 40;

/**
 * Finds where a path leads, and says no before anything is started.
 *
 * @throws (rejects) {Failure} for a path that is a directory, is in none, or can't be written
 */
export async function checkTarget(path: string): Promise<void> {
  const target = await findTarget(path);
  const folder = dirname(target.path);
  if (target.stats === undefined) {
    // By its real path: a working directory that was deleted meanwhile has none, though one could look into it.
    const parent = await realpath(folder).then(stat, () => undefined);
    if (!parent?.isDirectory()) throw new Failure(`can not write ${path}: there is no directory ${folder}`);
  }
  const places = target.stats === undefined ? [folder] : [target.path, ...(target.isStream ? [] : [folder])];
  const refusals = await Promise.all(places.map(refusal));
  // A file that may be written, or one that may be replaced: either will do.
  if (refusals.every((each) => each !== undefined)) refuse(path, refusals[0]);
}

/** @throws (rejects) {Failure} for a directory, too many links, and what the system says no to */
export async function findTarget(path: string): Promise<FileTarget> {
  try {
    return await follow(path);
  } catch (error) {
    return error instanceof Failure ? Promise.reject(error) : refuse(path, error);
  }
}

async function follow(path: string): Promise<FileTarget> {
  let place = path;
  for (let links = 0; links <= mostLinks; links++) {
    const stats = await lstat(place).catch(unlessMissing);
    if (await isOpenFile(place)) return { path: place, stats: await stat(place), isStream: true };
    if (stats?.isDirectory()) throw new Failure(`can not write ${path}: it is a directory; expected a file`);
    if (!stats?.isSymbolicLink()) return { path: place, stats, isStream: stats?.isFile() === false };
    const link = await readlink(place);
    place = isAbsolute(link) ? link : beside(place, link);
  }
  throw new Failure(`can not write ${path}: it is a symbolic link that leads to itself`);
}

/**
 * The path of a name in the directory of a file. Not by join: that takes `link/..` away, which is where the link leads to
 * and up from there.
 */
export function beside(file: string, name: string): string {
  return `${dirname(file)}/${name}`;
}

/** Whether it is the name of one of a process's open files. Its link leads to a file that others write to as well. */
async function isOpenFile(path: string): Promise<boolean> {
  const folder = await realpath(dirname(path)).catch(() => "");
  return folder === "/dev/fd" || /^\/proc\/\d+\/(task\/\d+\/)?fd$/.test(folder);
}

function unlessMissing(error: unknown): undefined {
  if (hasCode(error, "ENOENT")) return undefined;
  throw error;
}

async function refusal(path: string): Promise<unknown> {
  return access(path, constants.W_OK).then(
    () => undefined,
    (error) => error,
  );
}

export function refuse(shown: string, cause: unknown): never {
  throw new Failure(`can not write ${shown}: ${systemReason(cause)}`, { cause });
}
