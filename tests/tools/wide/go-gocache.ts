import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Capture } from "../../../fixtures/capture.ts";
import { GoSandbox } from "../../../fixtures/go-sandbox.ts";
import { hasGo } from "../../../fixtures/go-toolchains.ts";
import { blocks, Project } from "../../docs/project.ts";
import { cacheFiles, expectSound } from "../../server/gocache/cache-files.ts";

const patience = 180_000;
setDefaultTimeout(patience);

const root = resolve(import.meta.dir, "../../..");
const serve = [process.execPath, join(root, "src/cli/main.ts"), "serve", "--gocache"];

let made: GoSandbox | undefined;
afterAll(() => made?.[Symbol.asyncDispose]());

/** Without inlining and debug information, the standard library compiles a quarter faster. */
function sandbox(): GoSandbox {
  made ??= new GoSandbox(patience, { flags: ["-gcflags=all=-l -dwarf=false"] });
  return made;
}

/** One cache of go, and the module that is built with it. */
class Builder {
  readonly cache = sandbox().folder("gocache");
  readonly cwd = sandbox().module();

  /** Builds a library with go alone. @returns whether something was compiled */
  async plain(env: Record<string, string> = {}): Promise<boolean> {
    return (await this.#go(["build", "-x", "./shout"], env)).includes("/compile");
  }

  /** Builds the library with serve --gocache. */
  async served(...flags: string[]): Promise<Capture> {
    const options = { ...this.options({}), cacheProgram: serve };
    const { run, capture } = await sandbox().record(["build", ...flags, "./shout"], options);
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    return capture;
  }

  /** Builds the program. */
  async program(cacheProgram: readonly string[], env: Record<string, string> = {}): Promise<Buffer> {
    const output = join(sandbox().folder("bin"), "greeting");
    const stderr = await this.#go(["build", "-x", "-o", output, "."], env, cacheProgram);
    expect(stderr.includes("/compile")).toBe(cacheProgram.length > 0 || env.GODEBUG !== undefined);
    return readFileSync(output);
  }

  /** serve gets the directory of the cache from go: GOCACHE. */
  options(env: Record<string, string>) {
    return { cwd: this.cwd, env: { GOCACHE: this.cache, ...env } };
  }

  /** @returns what it said */
  async #go(
    args: string[],
    env: Record<string, string>,
    cacheProgram: readonly string[] = [],
  ): Promise<string> {
    const { exitCode, stderr } = await sandbox().run(args, { ...this.options(env), cacheProgram });
    expect(exitCode === 0 ? "" : stderr).toBe("");
    return stderr;
  }
}

describe.skipIf(!hasGo)("serve --gocache (needs Go)", () => {
  test("what go has built is a hit, and go finds everything afterwards", async () => {
    const builder = new Builder();
    expect(await builder.plain()).toBe(true);
    const before = cacheFiles(builder.cache);
    const { hits, misses, puts } = await builder.served("-p", "16");
    expect(hits.length).toBeGreaterThan(100);
    expect({ misses, puts }).toEqual({ misses: [], puts: [] });
    for (const { diskPath } of hits) expect(diskPath).toStartWith(builder.cache);
    expect(await builder.plain()).toBe(false);
    expect(cacheFiles(builder.cache)).toEqual(before);
  });

  test("what a build has put, go finds, and finds the same when it builds all again", async () => {
    const builder = new Builder();
    const program = await builder.program(serve);
    expect(expectSound(builder.cache)).toBeGreaterThan(100);
    const { misses, puts } = await builder.served();
    expect({ misses, puts }).toEqual({ misses: [], puts: [] });
    // A failing toEqual would print megabytes.
    expect((await builder.program([])).equals(program)).toBe(true);
    const [, block = ""] = blocks("src/server/README.md", "sh");
    const env = { ...process.env, GOFLAGS: sandbox().flags, GOENV: "off", GOTOOLCHAIN: "local" };
    using project = new Project({ goCache: builder.cache, env });
    const { code, errors } = project.sh(block);
    expect(code).toBe(0);
    expect(errors).toStartWith("WORK=");
    expect(errors).not.toContain("/compile");
    // Now go has no hit, and compares what it puts with what is there.
    expect((await builder.program([], { GODEBUG: "gocacheverify=1" })).equals(program)).toBe(true);
  });

  test("builds with and without it share a cache at the same time", async () => {
    const builder = new Builder();
    await Promise.all([builder.served("-p", "1"), builder.served("-p", "16"), builder.plain()]);
    expectSound(builder.cache);
    expect(await builder.plain()).toBe(false);
    expect((await builder.served()).misses).toEqual([]);
  });

  test("tests that go has run are cached, and go clean -testcache expires them", async () => {
    const builder = new Builder();
    const run = async (cacheProgram: readonly string[], ...args: string[]) => {
      const { stdout, exitCode } = await sandbox().run(args, { ...builder.options({}), cacheProgram });
      expect(exitCode).toBe(0);
      return stdout.includes("(cached)");
    };
    const one = ["test", "-vet=off", "./greet"];
    expect(await run([], ...one)).toBe(false);
    expect(await run(serve, ...one)).toBe(true);
    await run([], "clean", "-testcache");
    expect(await run(serve, ...one)).toBe(false);
    expect(await run([], ...one)).toBe(true);
  });

  test("a cache whose servers were killed in the middle of puts is sound", async () => {
    const builder = new Builder();
    for (const [put, moment] of [
      [1, "body"],
      [2, "answer"],
      [20, "body"],
      [41, "body"],
      [20, "answer"],
    ]) {
      const mortal = [join(root, "fixtures/mortal-server.ts"), builder.cache, `${put}`, `${moment}`];
      const run = await sandbox().run(["build", "./shout"], {
        ...builder.options({}),
        cacheProgram: [process.execPath, ...mortal],
      });
      expect(run.stderr).toContain("exited pre-Close");
      expectSound(builder.cache);
    }
    await builder.plain();
    await builder.plain({ GODEBUG: "gocacheverify=1" });
    expect((await builder.served()).misses).toEqual([]);
  });
});
