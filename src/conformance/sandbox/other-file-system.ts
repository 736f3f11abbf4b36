import { mkdtemp, realpath, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** A directory that is removed when disposed of. */
export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

/** Creates a directory on another file system than that of `path`; undefined if there is no writable one. */
export async function otherFileSystem(path: string): Promise<TemporaryDirectory | undefined> {
  const { dev } = await stat(path);
  const { XDG_RUNTIME_DIR = "", HOME = "" } = process.env;
  for (const place of ["/dev/shm", XDG_RUNTIME_DIR, "/var/tmp", "/tmp", HOME, "."]) {
    const directory = await directoryIn(place, dev);
    if (directory === undefined) continue;
    const dispose = () => rm(directory, { recursive: true, force: true });
    return { path: directory, [Symbol.asyncDispose]: dispose };
  }
  return undefined;
}

/** Creates a directory in `place`; undefined if that is on the file system `dev`, doesn't exist or isn't writable. */
async function directoryIn(place: string, dev: number): Promise<string | undefined> {
  try {
    if (place === "" || (await stat(place)).dev === dev) return undefined;
    return await mkdtemp(join(await realpath(place), "cacheprogw-"));
  } catch {
    return undefined;
  }
}
