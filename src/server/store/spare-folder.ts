import { existsSync, lstatSync, mkdtempSync, readdirSync, rmdirSync, statfsSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hasCode } from "../../trouble.ts";
import type { Hit } from "../handlers.ts";
import type { Directories } from "./directories.ts";
import { whyUnwritable } from "./store-directory.ts";
import { isEntryName, isTemporaryName, namesIn } from "./store-names.ts";
import { staleAfter, TempFile } from "./temp-file.ts";

const bodyMode = 0o400;
/** So many actions are remembered; the memory of a process that never ends stays bounded. */
const remembered = 100_000;
/** The part of the free room that one body may take: see {@link SpareFolder.create}. */
const share = 16;
/** The pid, and what mkdtemp makes of the rest. */
const folderForm = /^cacheprogw-spare-(\d+)-\w{6}$/;

/**
 * Where bodies go that a store can't keep, until close: a private folder in TMPDIR. It's made with the first of them.
 *
 * Why bodies are taken that are thrown away: go ends with an error where the put of a module index fails; and where
 * put isn't declared at all, `go list -compiled`, which editors and linters run, fails with "reading srcfiles list:
 * cache entry not found", for it reads back in the same process what it has put. Measured with go1.26.8. With the
 * bodies here, build, vet, test, install and list do all that they do with a sound store.
 */
export class SpareFolder {
  readonly #directories: Directories;
  readonly #hits = new Map<string, Hit>();
  readonly #onExit = () => this.remove();
  #path: string | undefined;

  constructor(directories: Directories) {
    this.#directories = directories;
  }

  /** Why there is no place for one. */
  static whyImpossible(): string | undefined {
    return whyUnwritable(tmpdir());
  }

  /**
   * Creates a file for a body of that size.
   *
   * A body may take a sixteenth of what is free, and no more. So TMPDIR is never filled, which go uses for its own work;
   * and what is left when large bodies find no room any more is enough for many a module index, which is small, and
   * the one kind that go can't do without.
   * @throws {Error} there is no room, or what the file system says
   */
  create(size: number): TempFile {
    const folder = this.#folder();
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    if (size > free / share) throw new Error(`${folder} has only ${free} bytes left`);
    return new TempFile(this.#directories, folder, bodyMode);
  }

  /** Where a body is, or will be, after {@link create}. */
  place(outputID: string): string {
    return join(this.#folder(), `${outputID}-d`);
  }

  /** Notes what the last put of an action was. */
  note(actionID: string, hit: Hit): void {
    if (this.#hits.size >= remembered) this.#hits.clear();
    this.#hits.set(actionID, hit);
  }

  /** Forgets an action: the store has what was put last. */
  forget(actionID: string): void {
    this.#hits.delete(actionID);
  }

  /** What was noted for an action; null if its file is gone; undefined if nothing was noted. */
  get(actionID: string): Hit | null | undefined {
    const hit = this.#hits.get(actionID);
    if (hit === undefined) return undefined;
    try {
      const stat = lstatSync(hit.diskPath);
      return stat.isFile() && stat.size === hit.size ? hit : null;
    } catch {
      return null;
    }
  }

  /** Removes the folder. */
  remove(): void {
    this.#hits.clear();
    if (this.#path === undefined) return;
    process.off("exit", this.#onExit);
    removeFolder(this.#path);
    this.#path = undefined;
  }

  #folder(): string {
    // Something that clears TMPDIR may have removed it.
    if (this.#path !== undefined && existsSync(this.#path)) return this.#path;
    removeAbandoned();
    const path = mkdtempSync(join(tmpdir(), `cacheprogw-spare-${process.pid}-`));
    // Where a program has a close of its own, and so that of the store isn't called.
    if (this.#path === undefined) process.on("exit", this.#onExit);
    this.#path = path;
    return path;
  }
}

/** Removes a folder and the files in it that were made here. With anything else in it, it stays. */
function removeFolder(folder: string): void {
  try {
    for (const name of namesIn(folder) ?? [])
      if (isEntryName(name) || isTemporaryName(name)) unlinkSync(join(folder, name));
    rmdirSync(folder);
  } catch {
    // It's in the system's directory for such things, and no reason to fail.
  }
}

/** Removes the folders of processes that were killed. One that is still written to may be of another machine's process. */
function removeAbandoned(): void {
  for (const name of listed(tmpdir())) {
    const [, pid] = folderForm.exec(name) ?? [];
    const folder = join(tmpdir(), name);
    if (pid !== undefined && !isAlive(Number(pid)) && isOurs(folder)) removeFolder(folder);
  }
}

/** The names in a directory; none where it can't be listed, though it may be written. */
function listed(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function isOurs(folder: string): boolean {
  try {
    const stat = lstatSync(folder);
    return stat.isDirectory() && stat.uid === process.getuid?.() && stat.mtimeMs < Date.now() - staleAfter;
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !hasCode(error, "ESRCH");
  }
}
