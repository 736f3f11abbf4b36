import { constants, type Stats } from "node:fs";
import { access, lstat, readlink, realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute } from "node:path";
import { hasCode } from "../../trouble.ts";
import { Failure, systemReason } from "../failure.ts";

/**
 * Where a file will be written: the end of all symbolic links.
 *
 * A relative path stays relative. The system finds the working directory even after it was moved, and refuses if it was
 * deleted; by then its old absolute path may be another directory.
 */
export interface FileTarget {
  readonly path: string;
  /** The file that is there now; undefined if there is none. */
  readonly stats: Stats | undefined;
  /** A device, a pipe, or an open file such as /dev/fd/3: it can only be appended to. */
  readonly isStream: boolean;
}

/** The most symbolic links to follow, as on Linux. */
const mostLinks = 40;

/**
 * Checks that a path can be written, before anything is started.
 *
 * @throws (rejects) {Failure} if the path is a directory, isn't in one, or can't be written
 */
export async function checkTarget(path: string): Promise<void> {
  const target = await findTarget(path);
  const folder = dirname(target.path);
  if (target.stats === undefined) {
    // By its real path: stat(".") succeeds in a working directory that was deleted.
    const parent = await realpath(folder).then(stat, () => undefined);
    if (!parent?.isDirectory()) throw new Failure(`can't write ${path}: there is no directory ${folder}`);
  }
  const places = target.stats === undefined ? [folder] : [target.path, ...(target.isStream ? [] : [folder])];
  const refusals = await Promise.all(places.map(refusal));
  // Writing the file or replacing it: one of them is enough.
  if (refusals.every((each) => each !== undefined)) refuse(path, refusals[0]);
}

/** Follows all symbolic links. @throws (rejects) {Failure} for a directory, too many links, and system errors */
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
    if (stats?.isDirectory()) throw new Failure(`can't write ${path}: it is a directory; expected a file`);
    if (!stats?.isSymbolicLink()) return { path: place, stats, isStream: stats?.isFile() === false };
    const link = await readlink(place);
    place = isAbsolute(link) ? link : beside(place, link);
  }
  throw new Failure(`can't write ${path}: it is a symbolic link that leads to itself`);
}

/**
 * The path of a name in the directory of a file. Not with join(): it removes `link/..`, which is the parent of the
 * directory the link leads to.
 */
export function beside(file: string, name: string): string {
  return `${dirname(file)}/${name}`;
}

/** Whether a path names an open file of a process. Its link leads to a file that other processes may write to. */
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
  throw new Failure(`can't write ${shown}: ${systemReason(cause)}`, { cause });
}
