import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Outcome, Running } from "./running.ts";

const main = resolve(import.meta.dir, "../../src/cli/main.ts");
const scriptedServer = resolve(import.meta.dir, "../../fixtures/scripted-server.ts");

/** The words after a command's options that start fixtures/scripted-server.ts with a script. */
export function scripted(script: string): string[] {
  return ["--", process.execPath, scriptedServer, script];
}

/** The words after a command's options that start fixtures/reference-server.ts in {dir}. */
export const reference: readonly string[] = [
  "--",
  process.execPath,
  resolve(import.meta.dir, "../../fixtures/reference-server.ts"),
  "--dir",
  "{dir}",
];

export interface Ways {
  /** Added to the environment of the sandbox; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string | Uint8Array;
  /** A file descriptor instead of a pipe. */
  readonly stdout?: number;
}

/** A home, cache, working directory and TMPDIR for the command line. They are removed at the end of its scope. */
export class Sandbox implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "cacheprogw-"));
  readonly tmp = this.#folder("tmp");
  readonly cwd = this.#folder("work");
  readonly cache = this.#folder("cache");
  readonly env: Readonly<Record<string, string | undefined>> = {
    PATH: process.env.PATH,
    HOME: this.#folder("home"),
    XDG_CACHE_HOME: this.cache,
    TMPDIR: this.tmp,
    // Keep Bun's own files out of the cache directory.
    BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0",
  };
  /** The command that starts cacheprogw. */
  readonly command: readonly string[] = [process.execPath, main];

  /** Writes a file in the working directory. @returns its path */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.cwd, name);
    writeFileSync(path, content);
    return path;
  }

  read(name: string): Buffer {
    return readFileSync(join(this.cwd, name));
  }

  /** Starts cacheprogw, for a test that talks to it while it runs. */
  start(args: readonly string[], { env = {}, stdout }: Ways = {}): Running {
    const child = Bun.spawn([...this.command, ...args], {
      cwd: this.cwd,
      env: { ...this.env, ...env },
      stdin: "pipe",
      stdout: stdout ?? "pipe",
      stderr: "pipe",
    });
    return new Running(child, this.tmp);
  }

  /** Runs cacheprogw to its end. */
  async run(args: readonly string[], ways: Ways = {}): Promise<Outcome> {
    await using running = this.start(args, ways);
    running.write(ways.stdin ?? "");
    running.endStdin();
    return await running.ended();
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  #folder(name: string): string {
    const path = join(this.path, name);
    mkdirSync(path);
    return path;
  }
}
