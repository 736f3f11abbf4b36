import { existsSync, lstatSync, mkdtempSync, readdirSync, rmdirSync, statfsSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "../../process-alive.ts";
import type { Hit } from "../handlers.ts";
import type { Directories } from "./directories.ts";
import { whyUnwritable } from "./store-directory.ts";
import { isEntryName, isTemporaryName, namesIn } from "./store-names.ts";
import { staleAfter, TempFile } from "./temp-file.ts";

const bodyMode = 0o400;
/** The limit of remembered actions, which bounds the memory of a long-lived process. */
const remembered = 100_000;
/** One body may take 1/16 of the free space: see {@link SpareFolder.create}. */
const share = 16;
/** The name of a spare folder: the pid, and the random part of mkdtemp. */
const folderForm = /^cacheprogw-spare-(\d+)-\w{6}$/;

/**
 * A private folder in TMPDIR for bodies that can't be written to the store. It's created for the first one and removed
 * at close.
 *
 * Why keep bodies that are thrown away: go stops with an error if the put of a module index fails. If put isn't
 * declared, `go list -compiled`, which editors and linters run, fails with "reading srcfiles list: cache entry not
 * found", because it reads back its own puts. Measured with go1.26.8. With this folder, build, vet, test, install and
 * list work as with a writable store.
 */
export class SpareFolder {
  readonly #directories: Directories;
  readonly #hits = new Map<string, Hit>();
  readonly #onExit = () => this.remove();
  #path: string | undefined;

  constructor(directories: Directories) {
    this.#directories = directories;
  }

  /** The reason if TMPDIR can't be written. */
  static whyImpossible(): string | undefined {
    return whyUnwritable(tmpdir());
  }

  /**
   * Creates a file for a body of that size.
   *
   * A body may take at most a sixteenth of the free space. So the folder never fills TMPDIR, which go uses too. The
   * space left when large bodies no longer fit holds many module indexes, which are small and the only puts that go
   * can't do without.
   * @throws {Error} there isn't enough space, or what the file system says
   */
  create(size: number): TempFile {
    const folder = this.#folder();
    const { bavail, bsize } = statfsSync(folder);
    const free = bavail * bsize;
    if (size > free / share) throw new Error(`${folder} has only ${free} bytes left`);
    return new TempFile(this.#directories, folder, bodyMode);
  }

  /** The path of a body. Call it after {@link create}. */
  place(outputID: string): string {
    return join(this.#folder(), `${outputID}-d`);
  }

  /** Remembers the last put of an action. */
  note(actionID: string, hit: Hit): void {
    if (this.#hits.size >= remembered) this.#hits.clear();
    this.#hits.set(actionID, hit);
  }

  /** Forgets an action, because the store has its last put. */
  forget(actionID: string): void {
    this.#hits.delete(actionID);
  }

  /** The remembered put of an action; null if its file is gone; undefined if there is none. */
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
    // For a program with its own close handler that doesn't call the store's.
    if (this.#path === undefined) process.on("exit", this.#onExit);
    this.#path = path;
    return path;
  }
}

/** TMPDIR. Loading node:os takes 0.3 ms, and go waits for serve, which rarely needs it. */
function tmpdir(): string {
  return process.getBuiltinModule("node:os").tmpdir();
}

/** Removes the store's own files in a folder, then the folder, unless it holds anything else. */
function removeFolder(folder: string): void {
  try {
    for (const name of namesIn(folder) ?? [])
      if (isEntryName(name) || isTemporaryName(name)) unlinkSync(join(folder, name));
    rmdirSync(folder);
  } catch {
    // A leftover in TMPDIR is no reason to fail.
  }
}

/** Removes the folders of killed processes. A recently written one may belong to a process on another machine. */
function removeAbandoned(): void {
  for (const name of listed(tmpdir())) {
    const [, pid] = folderForm.exec(name) ?? [];
    const folder = join(tmpdir(), name);
    if (pid !== undefined && !isAlive(Number(pid)) && isOurs(folder)) removeFolder(folder);
  }
}

/** The names in a directory; none if it can't be listed, even if it's writable. */
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
