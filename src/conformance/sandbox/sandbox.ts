/*
 * This folder is where a program under test runs: its directories and environment, the words of its command, and what is
 * kept of a failed check.
 */
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The variables that name a program's directories. In a sandbox, each is a directory inside it. */
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
  /** The path of the sandbox, which must not exist yet. Default: a new directory in the system's temporary directory. */
  readonly root?: string | undefined;
  /** Variables that a program gets from this process instead of the sandbox. */
  readonly passEnv?: readonly string[] | undefined;
  /** Where a program that Bun runs keeps its compiled sources. Default: in XDG_CACHE_HOME, new in each sandbox. */
  readonly compiled?: string | undefined;
}

/**
 * The directories of one check: HOME, TMPDIR, the XDG directories, a working directory, `{dir}` and `{shared}`. They are
 * removed with everything in them when the sandbox is disposed of.
 */
export class Sandbox implements AsyncDisposable {
  readonly root: string;

  static async create({ root, passEnv = [], compiled }: SandboxOptions = {}): Promise<Sandbox> {
    if (root !== undefined) await mkdir(root);
    const sandbox = new Sandbox(root ?? makeFolder(), passEnv, compiled);
    for (const name of ["home", "tmp", "cache", "work", "dir", "shared"]) await mkdir(sandbox.path(name));
    await mkdir(sandbox.path("run"), { mode: 0o700 });
    return sandbox;
  }

  #kept = false;

  readonly #passEnv: readonly string[];
  readonly #compiled: string | undefined;

  private constructor(root: string, passEnv: readonly string[], compiled: string | undefined) {
    this.root = root;
    this.#passEnv = passEnv;
    this.#compiled = compiled;
  }

  path(...names: string[]): string {
    return join(this.root, ...names);
  }

  /** The value of `{dir}`. */
  get dir(): string {
    return this.path("dir");
  }

  /** The value of `{shared}`. */
  get shared(): string {
    return this.path("shared");
  }

  get cwd(): string {
    return this.path("work");
  }

  /** The environment of this process, with the directories of the sandbox and without GOCACHEPROG. */
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
    const compiled =
      this.#compiled === undefined ? {} : { BUN_RUNTIME_TRANSPILER_CACHE_PATH: this.#compiled };
    const passed = this.#passEnv.map((name) => [name, process.env[name]] as const);
    return { ...compiled, ...env, ...own, ...Object.fromEntries(passed) };
  }

  /** Keeps the directories when the sandbox is disposed of. */
  keep(): void {
    this.#kept = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#kept) return;
    try {
      await rm(this.root, { recursive: true, force: true });
    } catch {
      this.remove(); // a directory isn't writable, or a process that escaped is still writing
    }
  }

  /** Removes the directories synchronously, as far as possible. */
  remove(): void {
    try {
      makeWritable(this.root);
      rmSync(this.root, { recursive: true, force: true });
    } catch {
      // What remains is in the system's temporary directory, and no reason to lose a report.
    }
  }
}

/** Creates a temporary directory. @throws the system's error, with the directory and what to do in its message */
export function makeFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), "cacheprogw-check-"));
  } catch (error) {
    if (error instanceof Error)
      error.message = `can't create a directory for a check in ${tmpdir()} (set TMPDIR to use another): ${error.message}`;
    throw error;
  }
}

/** Makes a directory tree writable: an entry can only be removed if its directory is writable. */
function makeWritable(directory: string): void {
  chmodSync(directory, 0o700);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(join(directory, entry.name));
  }
}
