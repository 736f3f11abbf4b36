import { chmodSync, readdirSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A place of its own for one check: HOME, TMPDIR, XDG_CACHE_HOME, a working directory, and the directory that `{dir}`
 * in an argument stands for. What a program keeps goes there, and goes with it.
 */
export class Sandbox implements AsyncDisposable {
  readonly root: string;

  /** @param root where it is to be, which is not there yet; in the system's directory for such things unless set */
  static async create(root?: string): Promise<Sandbox> {
    if (root !== undefined) await mkdir(root);
    const sandbox = new Sandbox(root ?? (await mkdtemp(join(tmpdir(), "cacheprogw-check-"))));
    for (const name of ["home", "tmp", "cache", "work", "dir"]) await mkdir(sandbox.path(name));
    return sandbox;
  }

  #kept = false;

  private constructor(root: string) {
    this.root = root;
  }

  path(...names: string[]): string {
    return join(this.root, ...names);
  }

  /** What `{dir}` stands for. */
  get dir(): string {
    return this.path("dir");
  }

  get cwd(): string {
    return this.path("work");
  }

  /** This process's environment, but for where things are kept, and without GOCACHEPROG. */
  get env(): Record<string, string | undefined> {
    const { GOCACHEPROG, ...env } = process.env;
    return {
      ...env,
      HOME: this.path("home"),
      TMPDIR: this.path("tmp"),
      XDG_CACHE_HOME: this.path("cache"),
      GOCACHE: this.path("cache", "go-build"),
    };
  }

  /** Has it stay when it is left. */
  keep(): void {
    this.#kept = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#kept) return;
    try {
      await rm(this.root, { recursive: true, force: true });
    } catch {
      this.remove(); // a directory that is not writable, or a program that got away and still writes
    }
  }

  /** Removes it before this returns, as far as that is possible. */
  remove(): void {
    try {
      makeWritable(this.root);
      rmSync(this.root, { recursive: true, force: true });
    } catch {
      // What is left is in the system's directory for such things, and no reason to lose a report.
    }
  }
}

/** What is in a directory can only be removed where that is writable. */
function makeWritable(directory: string): void {
  chmodSync(directory, 0o700);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(join(directory, entry.name));
  }
}
