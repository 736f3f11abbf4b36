/*
 * This folder: where a program under test runs, and what of that is kept for a person to look into.
 */
import { chmodSync, readdirSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The variables that say where a program keeps things: in a sandbox each is a place in that. */
export const places = [
  "HOME",
  "TMPDIR",
  "XDG_CACHE_HOME",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
  "XDG_STATE_HOME",
  "XDG_RUNTIME_DIR",
  "GOCACHE",
] as const;

interface SandboxOptions {
  /** Where it is to be, which is not there yet; in the system's directory for such things unless set. */
  readonly root?: string | undefined;
  /** Variables that a program has as this process has them. */
  readonly passEnv?: readonly string[] | undefined;
}

/**
 * A place of its own for one check: HOME, TMPDIR, the XDG directories, a working directory, and the directory that `{dir}`
 * in an argument stands for, and another for `{shared}`. What a program keeps goes there, and goes with it.
 */
export class Sandbox implements AsyncDisposable {
  readonly root: string;

  static async create({ root, passEnv = [] }: SandboxOptions = {}): Promise<Sandbox> {
    if (root !== undefined) await mkdir(root);
    const sandbox = new Sandbox(root ?? (await makeFolder()), passEnv);
    for (const name of ["home", "tmp", "cache", "work", "dir", "shared"]) await mkdir(sandbox.path(name));
    await mkdir(sandbox.path("run"), { mode: 0o700 });
    return sandbox;
  }

  #kept = false;

  readonly #passEnv: readonly string[];

  private constructor(root: string, passEnv: readonly string[]) {
    this.root = root;
    this.#passEnv = passEnv;
  }

  path(...names: string[]): string {
    return join(this.root, ...names);
  }

  /** What `{dir}` stands for. */
  get dir(): string {
    return this.path("dir");
  }

  /** What `{shared}` stands for. */
  get shared(): string {
    return this.path("shared");
  }

  get cwd(): string {
    return this.path("work");
  }

  /** This process's environment, but for where things are kept, and without GOCACHEPROG. */
  get env(): Record<string, string | undefined> {
    const { GOCACHEPROG, ...env } = process.env;
    const own: Record<(typeof places)[number], string> = {
      HOME: this.path("home"),
      TMPDIR: this.path("tmp"),
      XDG_CACHE_HOME: this.path("cache"),
      XDG_CONFIG_HOME: this.path("home", ".config"),
      XDG_DATA_HOME: this.path("home", ".local", "share"),
      XDG_STATE_HOME: this.path("home", ".local", "state"),
      XDG_RUNTIME_DIR: this.path("run"),
      GOCACHE: this.path("cache", "go-build"),
    };
    const passed = this.#passEnv.map((name) => [name, process.env[name]] as const);
    return { ...env, ...own, ...Object.fromEntries(passed) };
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

/** @throws (rejects) the system's error, which says where there is no place for one, and what to do */
async function makeFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), "cacheprogw-check-"));
  } catch (error) {
    if (error instanceof Error)
      error.message = `can not make a folder for a check in ${tmpdir()}, which TMPDIR may set: ${error.message}`;
    throw error;
  }
}

/** What is in a directory can only be removed where that is writable. */
function makeWritable(directory: string): void {
  chmodSync(directory, 0o700);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(join(directory, entry.name));
  }
}
