import { expect } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Capture, encodeRequests } from "../../../fixtures/capture.ts";
import { type GoRun, GoSandbox, ourServer } from "../../../fixtures/go-sandbox.ts";
import type { GoToolchain } from "../../../fixtures/go-toolchains.ts";
import { formatGoEntry } from "../../../src/server/gocache/go-entry.ts";

/** A cold build compiles part of the standard library, on processors shared with other tests. */
export const patience = 180_000;

/** How many actions go runs at once. */
export const parallel = ["1", "16"];

/** Without inlining and debug information, the standard library compiles a quarter faster. */
const fast = ["-gcflags=all=-l -dwarf=false"];

const readOnly = "mount --bind $0 $0 && mount -o remount,bind,ro $0";
/** Writes go to a file system without free space. */
const full =
  "mount -t tmpfs -o size=64k full /mnt && mkdir /mnt/upper /mnt/work && { cat /dev/zero >/mnt/filler 2>/dev/null || " +
  "mount -t overlay -o lowerdir=$0,upperdir=/mnt/upper,workdir=/mnt/work full $0; }";

/** How a store is, the shell command that makes it so, and why it can't be written then. In the command, $0 is the store. */
export const unwritable = [
  ["is read-only", readOnly, "EROFS"],
  ["is full", full, "ENOSPC"],
] as const;

/** Whether a store can be made unwritable here: tried on this directory, in a mount namespace of its own. */
export const canMount =
  process.platform === "linux" &&
  [readOnly, full].every(
    (mount) =>
      Bun.spawnSync(["unshare", "-Urm", "sh", "-c", `${mount} && exec "$@"`, import.meta.dir, "true"])
        .success,
  );

/** A failing toEqual would print megabytes. */
export function same(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

export function expectNoMiss({ hits, misses, puts }: Capture): void {
  expect(hits.length).toBeGreaterThan(100);
  expect(misses).toEqual([]);
  expect(puts).toEqual([]);
}

/** Runs of go with `cacheprogw serve`. They share one store, so everything is compiled once. */
export class GoBuilds implements AsyncDisposable {
  readonly sandbox: GoSandbox;
  readonly store: string;
  /** The unchanged module. */
  readonly module: string;
  readonly #server: string[];

  constructor(toolchain: GoToolchain) {
    this.sandbox = new GoSandbox(patience, { flags: fast, toolchain });
    this.store = this.sandbox.folder("store");
    this.module = this.sandbox.module();
    this.#server = ourServer(this.store);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.sandbox[Symbol.asyncDispose]();
  }

  /** A new path for a program. */
  binary(): string {
    return join(this.sandbox.folder("bin"), "greeting");
  }

  /** Runs go with the server, and checks that the encoder reproduces every byte that go sent. */
  async go(cwd: string, ...args: string[]): Promise<{ run: GoRun; capture: Capture }> {
    const recorded = await this.sandbox.record(args, { cwd, cacheProgram: this.#server });
    const { stdin, requests } = recorded.capture;
    expect(same(encodeRequests(requests), stdin)).toBe(true);
    return recorded;
  }

  /** Builds the module with the server. Go doesn't relink a program that is up to date. */
  async build(cwd: string, output: string, ...flags: string[]): Promise<Capture> {
    const { run, capture } = await this.go(cwd, "build", "-o", output, ...flags, ".");
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    return capture;
  }

  /** Builds the same program with go's own cache. */
  async buildWithOwnCache(cwd: string): Promise<{ program: Buffer; commands: string }> {
    const output = this.binary();
    const run = await this.sandbox.run(["build", "-x", "-o", output, "."], { cwd });
    expect(run.exitCode).toBe(0);
    return { program: readFileSync(output), commands: run.stderr };
  }

  /** Puts in go's own cache what go has put: for go, as if it had compiled all of it with that cache. */
  fillOwnCache({ puts }: Capture): void {
    for (const { request, body } of puts) {
      const action = request.actionID?.toHex() ?? expect.unreachable();
      const outputID = Bun.SHA256.hash(body, "hex");
      const time = BigInt(Date.now()) * 1_000_000n;
      this.#writeOwn(`${action}-a`, formatGoEntry(action, { outputID, size: body.length, time }));
      this.#writeOwn(`${outputID}-d`, body);
    }
  }

  #writeOwn(name: string, content: string | Uint8Array): void {
    const path = join(this.sandbox.ownCache, name.slice(0, 2), name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
  }

  /**
   * Runs go commands with a store that can't be written, which the server says once for each.
   *
   * @param mount the shell command that makes it so, in a mount namespace of its own
   */
  async runUnwritable(
    cwd: string,
    [mount, reason]: readonly [mount: string, reason: string],
    commands: readonly (readonly [args: readonly string[], stdout: RegExp])[],
  ): Promise<void> {
    const cacheProgram = [
      "unshare",
      "-Urm",
      "sh",
      "-c",
      `${mount} && exec "$@"`,
      this.store,
      ...this.#server,
    ];
    const said = new RegExp(`^cacheprogw: the store in .* can't be written: ${reason}: .* until close\n$`);
    for (const [args, stdout] of commands) {
      const env = { GOBIN: this.sandbox.folder("bin") };
      const run = await this.sandbox.run(args, { cwd, cacheProgram, env });
      expect({ args, ...run }).toMatchObject({ args, exitCode: 0, stdout: expect.stringMatching(stdout) });
      expect(run.stderr).toMatch(said);
      expect(readdirSync(this.sandbox.path).filter((name) => name.includes("spare"))).toEqual([]);
    }
  }
}
