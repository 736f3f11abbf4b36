import { randomUUID } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, rmSync, unlinkSync } from "node:fs";
import { copyFile, type FileHandle, lstat, mkdir, open, rename, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { atExit } from "../at-exit.ts";
import { ArgumentError, CacheProgError } from "../errors.ts";
import { shownPath } from "../text.ts";
import { reason } from "../trouble.ts";
import { OutputHash, sameBytes, sliceSize, unreadable } from "./body/body-source.ts";
import type { PutResult } from "./entry.ts";

/** What is copied where. Checked, and out of the caller's reach. */
export interface Copy extends PutResult {
  /** Absolute. */
  readonly path: string;
  readonly mode: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Makes the copy; see copyEntry. */
export async function copyFileOf(copy: Copy): Promise<void> {
  requireWanted(copy);
  const source = await openSource(copy);
  try {
    await checkTarget(copy, source);
    await replace(copy, source);
  } finally {
    await source.close().catch(() => {}); // it was only read
  }
}

/** @throws {CacheProgError} `ABORTED` if the signal has fired */
function requireWanted({ signal }: Copy): void {
  if (signal?.aborted) throw new CacheProgError("ABORTED", "copyEntry was aborted", { cause: signal.reason });
}

async function openSource({ diskPath, size }: Copy): Promise<FileHandle> {
  const failed = (cause: unknown) => Promise.reject(unreadable(diskPath, cause));
  // Checked before open: opening a device may have side effects.
  if (!(await stat(diskPath).catch(failed)).isFile()) return failed("it is not a regular file");
  // O_NONBLOCK: if a FIFO takes the file's place now, open must not wait for a writer.
  const file = await open(diskPath, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(failed);
  try {
    const stats = await file.stat().catch(failed);
    if (!stats.isFile()) return await failed("it is no longer a regular file");
    if (stats.size !== size) throw mismatch(diskPath, `it has ${stats.size} bytes, but size is ${size}`);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** @throws {ArgumentError} for a path that must not be replaced by a file */
async function checkTarget({ path, diskPath }: Copy, source: FileHandle): Promise<void> {
  const old = await lstat(path, { bigint: true }).catch(() => undefined);
  if (old === undefined) return; // or mkdir, open or rename say what is wrong with the path
  if (old.isDirectory()) throw notAFile(path, "a directory");
  // The link is what would be replaced. But /dev/stdout is a link, too.
  const target = old.isSymbolicLink() ? await stat(path).catch(() => undefined) : old;
  if (target !== undefined && !target.isFile() && !target.isDirectory())
    throw notAFile(path, "a device, a pipe or a socket");
  const own = [
    await source.stat({ bigint: true }),
    await lstat(diskPath, { bigint: true }).catch(() => undefined),
  ];
  if (own.some((each) => each?.dev === old.dev && each.ino === old.ino))
    throw new ArgumentError(
      `${shownPath(path)} is the entry's own file, which belongs to the cache; expected another path`,
    );
}

function notAFile(path: string, what: string): ArgumentError {
  return new ArgumentError(
    `the path of the copy, ${shownPath(path)}, is ${what}; expected the path of a file`,
  );
}

/** Makes the copy beside the path, then renames it. */
async function replace(copy: Copy, source: FileHandle): Promise<void> {
  const folder = dirname(copy.path);
  await writing(copy, mkdir(folder, { recursive: true }));
  const temporary = `${folder}/.cacheprogw-${randomUUID()}`;
  const remove = () => rmSync(temporary, { force: true });
  const forget = atExit(remove);
  try {
    const digest = (await clone(copy, temporary)) ?? (await write(copy, source, temporary));
    if (!sameBytes(digest, copy.outputID)) {
      const [is, expected] = [digest.toHex(), copy.outputID.toHex()];
      throw mismatch(copy.diskPath, `its SHA-256 is ${is}, but outputID is ${expected}`);
    }
    requireWanted(copy);
    await writing(copy, rename(temporary, copy.path));
  } catch (error) {
    remove();
    throw error;
  } finally {
    forget();
  }
}

/** Clones the cache's file. Returns the SHA-256 of the clone; undefined if the file system can't clone it. */
async function clone(copy: Copy, temporary: string): Promise<Uint8Array | undefined> {
  const flags = constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL;
  const isClone = await copyFile(copy.diskPath, temporary, flags).then(
    () => true,
    () => false,
  );
  if (!isClone) return undefined;
  const file = await writing(copy, open(temporary, "r"));
  try {
    const { size } = await writing(copy, file.stat());
    if (size !== copy.size) throw mismatch(copy.diskPath, `it has ${size} bytes, but size is ${copy.size}`);
    // The clone has the mode of the cache's file.
    await writing(copy, file.chmod(copy.mode ?? (await writing(copy, newFileMode(`${temporary}-mode`)))));
    return await hash(copy, file);
  } finally {
    await file.close();
  }
}

/** The mode of a new file. Not from process.umask(), which changes the umask for a moment, for all threads. */
async function newFileMode(probe: string): Promise<number> {
  // Synchronous: no signal may end the process between these steps.
  const fd = openSync(probe, "wx", 0o666);
  try {
    return fstatSync(fd).mode & 0o777;
  } finally {
    closeSync(fd);
    unlinkSync(probe);
  }
}

/** Copies the cache's file, a chunk at a time. Returns the SHA-256 of what was copied. */
async function write(copy: Copy, source: FileHandle, temporary: string): Promise<Uint8Array> {
  // Without a mode of its own, the file gets what the umask leaves of 0666. With one, nobody else may open it before.
  const file = await writing(copy, open(temporary, "wx", copy.mode === undefined ? 0o666 : 0o600));
  try {
    const digest = await hash(copy, source, async (bytes) => {
      for (let at = 0; at < bytes.length; ) at += (await writing(copy, file.write(bytes, at))).bytesWritten;
    });
    if (copy.mode !== undefined) await writing(copy, file.chmod(copy.mode));
    return digest;
  } finally {
    // Some file systems report a full disk only at close.
    await writing(copy, file.close());
  }
}

/** Computes the SHA-256 of as much of a file as the entry says it has. @param pass gets each part of it, in order */
async function hash(
  copy: Copy,
  file: FileHandle,
  pass: (bytes: Uint8Array) => Promise<void> = async () => {},
): Promise<Uint8Array> {
  const { diskPath, size } = copy;
  const hasher = new OutputHash();
  const memory = new Uint8Array(Math.min(sliceSize, size));
  for (let at = 0; at < size; ) {
    requireWanted(copy);
    const { bytesRead } = await file
      .read(memory, 0, Math.min(memory.length, size - at), at)
      .catch((cause) => Promise.reject(unreadable(diskPath, cause)));
    if (bytesRead === 0) throw mismatch(diskPath, `it has shrunk to ${at} bytes, but size is ${size}`);
    const bytes = memory.subarray(0, bytesRead);
    hasher.update(bytes);
    await pass(bytes);
    at += bytesRead;
  }
  return hasher.digest();
}

function mismatch(diskPath: string, what: string): CacheProgError {
  return new CacheProgError("BODY_CHANGED", `the file ${diskPath} isn't what its entry says: ${what}`);
}

async function writing<T>({ diskPath, path }: Copy, work: Promise<T>): Promise<T> {
  return work.catch((cause) => {
    const what = `can't copy ${diskPath} to ${shownPath(path)}: ${reason(cause)}`;
    throw new CacheProgError("COPY_FAILED", what, { cause });
  });
}
