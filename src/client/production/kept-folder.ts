import { lstatSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atExit } from "../../at-exit.ts";
import { isAlive } from "../../process-alive.ts";
import { hasCode, reason } from "../../trouble.ts";

/** Only for reading: the bodies belong to the connection, and two callers may have the same. */
const bodyMode = 0o400;

/** A body couldn't be written; reading it didn't fail. */
export class KeepError extends Error {
  override readonly name = "KeepError";
}

/** The name of a folder: the pid, and the random part of mkdtemp. */
const folderForm = /^cacheprogw-kept-(\d+)-\w{6}$/;
/** A folder of a dead process that is unchanged for this long, in ms, is abandoned. */
const staleAfter = 60 * 60 * 1000;

/**
 * A folder in TMPDIR that only this user can read. It is removed when the process exits, if not before. One that a killed
 * process has left is removed by the next process that makes one.
 */
export class KeptFolder {
  readonly path: string;
  /** The files that are written to their end. */
  readonly complete = new Set<string>();
  readonly #forget: () => void;
  #count = 0;

  /** @throws {KeepError} if it can't be made */
  constructor() {
    // Synchronous: no signal may end the process between these two steps.
    const path = makeFolder();
    this.#forget = atExit(() => rmSync(path, { recursive: true, force: true }));
    this.path = path;
  }

  async create(): Promise<{ folder: KeptFolder; path: string; file: FileHandle }> {
    const path = join(this.path, String(++this.#count));
    return { folder: this, path, file: await open(path, "wx", bodyMode) };
  }

  /** Removes files, and the folder if it's empty then. A folder that is still needed stays until the process exits. */
  async remove(paths: readonly string[]): Promise<void> {
    for (const path of paths) await rm(path, { force: true }).catch(() => {});
    try {
      rmdirSync(this.path);
    } catch (error) {
      if (!hasCode(error, "ENOENT")) return;
    }
    this.#forget();
  }
}

function makeFolder(): string {
  removeAbandoned();
  try {
    return mkdtempSync(join(tmpdir(), `cacheprogw-kept-${process.pid}-`));
  } catch (cause) {
    throw unwritable(tmpdir(), cause);
  }
}

/** Removes the folders of killed processes. A recently changed one may belong to a process in another container. */
function removeAbandoned(): void {
  try {
    for (const name of readdirSync(tmpdir())) {
      const [, pid] = folderForm.exec(name) ?? [];
      const path = join(tmpdir(), name);
      if (pid !== undefined && !isAlive(Number(pid)) && isOurs(path))
        rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // TMPDIR can't be listed, or another process was faster. A leftover is no reason to fail.
  }
}

function isOurs(path: string): boolean {
  const stats = lstatSync(path);
  return stats.isDirectory() && stats.uid === process.getuid?.() && stats.mtimeMs < Date.now() - staleAfter;
}

/** @throws (rejects) {KeepError} if the promise rejects */
export async function writing<T>(what: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (cause) {
    throw unwritable(what, cause);
  }
}

export function unwritable(path: string, cause: unknown): KeepError {
  return new KeepError(`can't write to ${path}: ${reason(cause)}`, { cause });
}
