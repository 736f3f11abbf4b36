import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import { type Capture, encodeRequests } from "../../../fixtures/capture.ts";
import { type GoRun, GoSandbox, ourServer } from "../../../fixtures/go-sandbox.ts";
import { type GoToolchain, goToolchains, hasGo } from "../../../fixtures/go-toolchains.ts";
import { blocks, Project } from "../../docs/project.ts";

/** A cold build compiles part of the standard library, on processors shared with other tests. */
const patience = 180_000;
setDefaultTimeout(patience);

/** How many actions go runs at once. */
const parallel = ["1", "16"];

/** Calls `make` once, and returns its value for every call. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Without inlining and debug information, the standard library compiles a quarter faster. */
const fast = ["-gcflags=all=-l -dwarf=false"];

const readOnly = "mount --bind $0 $0 && mount -o remount,bind,ro $0";
/** Writes go to a file system without free space. */
const full =
  "mount -t tmpfs -o size=64k full /mnt && mkdir /mnt/upper /mnt/work && { cat /dev/zero >/mnt/filler 2>/dev/null || " +
  "mount -t overlay -o lowerdir=$0,upperdir=/mnt/upper,workdir=/mnt/work full $0; }";
/** Tried on this directory, in a mount namespace of its own. */
const canMount =
  process.platform === "linux" &&
  [readOnly, full].every(
    (mount) =>
      Bun.spawnSync(["unshare", "-Urm", "sh", "-c", `${mount} && exec "$@"`, import.meta.dir, "true"])
        .success,
  );

/** The versions that GO_VERSIONS names, or the one that is installed. */
for (const toolchain of hasGo ? goToolchains() : [undefined]) testsOf(toolchain);

function testsOf(toolchain: GoToolchain | undefined): void {
  const sandbox = once(() => new GoSandbox(patience, { flags: fast, ...(toolchain && { toolchain }) }));
  /** All runs share one directory, so everything is compiled once. */
  const store = once(() => sandbox().folder("store"));
  const cacheProgram = once(() => ourServer(store()));
  /** The unchanged module. */
  const module = once(() => sandbox().module());
  /** What went over the pipes in the first build with the server. */
  const coldBuild = once(() => build(module(), coldBinary(), "-p", "16"));
  const coldBinary = once(binary);
  /** The same program, built with go's own cache. */
  const expected = once(() => buildWithOwnCache(module()));

  /** A new path for a program. */
  function binary(): string {
    return join(sandbox().folder("bin"), "greeting");
  }

  /** Builds the module with the server. Go doesn't relink a program that is up to date. */
  async function build(cwd: string, output: string, ...flags: string[]): Promise<Capture> {
    const { run, capture } = await go(cwd, "build", "-o", output, ...flags, ".");
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    return capture;
  }

  async function buildWithOwnCache(cwd: string): Promise<Buffer> {
    const output = binary();
    const run = await sandbox().run(["build", "-o", output, "."], { cwd });
    expect(run).toMatchObject({ exitCode: 0, stderr: "" });
    return readFileSync(output);
  }

  /** Runs go with the server, and checks that the encoder reproduces every byte that go sent. */
  async function go(cwd: string, ...args: string[]): Promise<{ run: GoRun; capture: Capture }> {
    const recorded = await sandbox().record(args, { cwd, cacheProgram: cacheProgram() });
    const { stdin, requests } = recorded.capture;
    expect(same(encodeRequests(requests), stdin)).toBe(true);
    return recorded;
  }

  /** A failing toEqual would print megabytes. */
  function same(one: Uint8Array, other: Uint8Array): boolean {
    return Buffer.compare(one, other) === 0;
  }

  function expectNoMiss({ hits, misses, puts }: Capture): void {
    expect(hits.length).toBeGreaterThan(100);
    expect(misses).toEqual([]);
    expect(puts).toEqual([]);
  }

  /**
   * Our server in a mount namespace of its own, after the shell command `mount` has made the store unwritable. In the
   * command, $0 is the store.
   */
  function serverAfter(mount: string): string[] {
    return ["unshare", "-Urm", "sh", "-c", `${mount} && exec "$@"`, store(), ...cacheProgram()];
  }

  if (toolchain !== undefined) afterAll(() => sandbox()[Symbol.asyncDispose]());

  describe.skipIf(toolchain === undefined)(
    `${toolchain?.version ?? "go (not in PATH)"} with the built-in server`,
    () => {
      test("a cold build has no hits, and builds the same program as go's own cache", async () => {
        const { hits, misses, puts } = await coldBuild();
        expect(hits).toEqual([]);
        expect(misses.length).toBeGreaterThan(100);
        expect(puts.length).toBeGreaterThan(misses.length);
        expect(same(readFileSync(coldBinary()), await expected())).toBe(true);
      });

      test("the block of the documents builds, with what earlier builds have put", async () => {
        await coldBuild();
        const [block = ""] = blocks("src/server/README.md", "sh");
        const PATH = `${dirname(toolchain?.go ?? "")}:${process.env.PATH}`;
        const env = { ...process.env, PATH, GOFLAGS: sandbox().flags };
        using project = new Project({ store: store(), env });
        expect(project.sh(block)).toEqual({ code: 0, output: "", errors: "" });
        // Without a cache program, go would have put what it compiles in its own cache.
        expect([...new Bun.Glob("gocache/??/*").scanSync(project.folder)]).toEqual([]);
      });

      test.each(parallel)(
        "a warm build with -p %s misses only the link, and builds the same program",
        async (p) => {
          await coldBuild();
          const output = binary();
          const { misses, puts } = await build(module(), output, "-p", p);
          // Go doesn't cache programs. It links a missing one again, and puts the linker's empty output.
          expect(misses).toHaveLength(1);
          expect(puts.map(({ body }) => body.length)).toEqual([0]);
          expect(same(readFileSync(output), await expected())).toBe(true);
          expectNoMiss(await build(module(), output, "-p", p));
        },
      );

      test.each(parallel)(
        "after a change, a build with -p %s compiles only what depends on it",
        async (p) => {
          await coldBuild();
          const [changed, output] = [sandbox().module(), binary()];
          await build(changed, output);
          sandbox().edit(
            changed,
            "shout/shout.go",
            "strings.ToUpper(text)",
            `strings.ToUpper(text) + "!${p}"`,
          );
          const { misses } = await build(changed, output, "-p", p);
          // The index of the folder, the package, the package that imports it, and the program.
          expect(misses).toHaveLength(4);
          expectNoMiss(await build(changed, output, "-p", p));
          expect(same(readFileSync(output), await buildWithOwnCache(changed))).toBe(true);
        },
      );

      test("two concurrent builds with one directory build the same program", async () => {
        await coldBuild();
        const changed = sandbox().module();
        sandbox().edit(changed, "words/words.txt", "hello", "good morning");
        sandbox().edit(changed, "greet/greet.go", '", "', '" to you, "');
        const outputs = [binary(), binary()];
        await Promise.all(outputs.map((output) => build(changed, output, "-p", "16")));
        const wanted = await buildWithOwnCache(changed);
        for (const output of outputs) {
          expect(same(readFileSync(output), wanted)).toBe(true);
          expectNoMiss(await build(changed, output));
        }
      });

      test("go test reruns a test only after a file that it depends on has changed", async () => {
        const tested = sandbox().module();
        const cold = await go(tested, "test", "-vet=off", "-p", "16", "./...");
        expect(cold.run.exitCode).toBe(0);
        expect(cold.run.stdout).toMatch(/^ok .*\/greet\s+[\d.]+s$/m);
        for (const p of parallel) {
          const { run, capture } = await go(tested, "test", "-vet=off", "-p", p, "./...");
          expect(run.stdout).toMatch(/^ok .*\/greet\s+\(cached\)$/m);
          expectNoMiss(capture);
        }
        sandbox().edit(tested, "words/words.txt", "hello", "goodbye");
        const { run } = await go(tested, "test", "-vet=off", "-p", "1", "./...");
        expect(run.exitCode).toBe(1);
        expect(run.stdout).toContain("goodbye, gopher");
      });

      test("go vet repeats its findings if nothing has changed, and puts nothing once there are none", async () => {
        const vetted = sandbox().module();
        for (const p of ["16", "1"]) {
          const { run } = await go(vetted, "vet", "-p", p, "./...");
          expect(run.exitCode).toBe(1);
          expect(run.stderr).toContain("self-assignment of size.Width");
        }
        sandbox().edit(vetted, "loose/loose.go", "size.Width = size.Width", "size.Width = size.Height");
        expect((await go(vetted, "vet", "-p", "1", "./...")).run).toMatchObject({ exitCode: 0, stderr: "" });
        for (const p of parallel) {
          const { run, capture } = await go(vetted, "vet", "-p", p, "./...");
          expect(run).toMatchObject({ exitCode: 0, stderr: "" });
          // Go 1.24 puts the empty facts of a package again.
          if (toolchain?.version.startsWith("go1.24.") !== true) expect(capture.puts).toEqual([]);
          // For packages with a main or a test, go asks for the compiled form, which vet never makes.
          expect(capture.misses.length).toBeLessThanOrEqual(2);
          expect(capture.hits.length).toBeGreaterThan(100);
        }
      });

      test("go numbers its requests from 1 and sends close last; go list only ends stdin", async () => {
        const { requests } = await coldBuild();
        const ids = requests.map(({ request }) => Number(request.id)).sort((a, b) => a - b);
        expect(ids).toEqual(ids.map((_, index) => index + 1));
        expect(requests.at(-1)?.request).toMatchObject({ id: ids.length, command: "close" });
        expect(requests.filter(({ request }) => request.command === "close")).toHaveLength(1);
        const { run, capture } = await go(module(), "list", "./...");
        expect(run).toMatchObject({
          exitCode: 0,
          stdout: expect.stringContaining("example.com/greeting/shout\n"),
        });
        expect(capture.requests.length).toBeGreaterThan(0);
        expect(capture.requests.every(({ request }) => request.command === "get")).toBe(true);
      });

      test("a hit has every field, and the file at its DiskPath holds the body that was put", async () => {
        const { puts } = await coldBuild();
        const { hits, requests } = await build(module(), binary());
        const bodies = new Map(puts.map(({ request, body }) => [request.actionID?.toHex(), body]));
        const actions = new Map(requests.map(({ request }) => [request.id, request.actionID?.toHex()]));
        for (const hit of hits) {
          const body = bodies.get(actions.get(hit.id)) ?? expect.unreachable();
          expect(hit).toMatchObject({ err: "", size: body.length, time: expect.any(Temporal.Instant) });
          expect(hit.outputID.toHex()).toBe(Bun.SHA256.hash(body, "hex"));
          expect(isAbsolute(hit.diskPath)).toBe(true);
          expect(same(readFileSync(hit.diskPath), body)).toBe(true);
        }
      });

      test.skipIf(!canMount).each([
        ["is read-only", readOnly, "EROFS"],
        ["is full", full, "ENOSPC"],
      ])(
        "go commands succeed with a store that %s (needs Linux and mounts in a user namespace)",
        async (_what, mount, reason) => {
          const changed = sandbox().module();
          const warm = { cwd: changed, cacheProgram: cacheProgram() };
          for (const args of [
            ["vet", "./greet"],
            ["test", "-vet=off", "./greet"],
          ])
            expect(await sandbox().run(args, warm)).toMatchObject({ exitCode: 0 });
          sandbox().edit(
            changed,
            "shout/shout.go",
            "strings.ToUpper(text)",
            `strings.ToUpper(text) + "${reason}"`,
          );
          const output = binary();
          const commands: [args: string[], stdout: RegExp][] = [
            [["build", "-o", output, "."], /^$/],
            [["install", "."], /^$/],
            [["vet", "./shout", "./greet"], /^$/],
            [["test", "-vet=off", "./shout", "./greet"], /^ok .*\/greet\s/m],
            [["list", "-export", "-f", "{{.Export}}", "./shout"], /^\/.*-d$/m],
            [["list", "-test", "-f", "{{.GoFiles}}", "./greet"], /^\[\/.*-d\]$/m],
            [["list", "-compiled", "-f", "{{.CompiledGoFiles}}", "./shout"], /^\[shout\.go\]$/m],
          ];
          for (const [args, stdout] of commands) {
            const run = await sandbox().run(args, {
              cwd: changed,
              cacheProgram: serverAfter(mount),
              env: { GOBIN: sandbox().folder("bin") },
            });
            expect({ args, ...run }).toMatchObject({
              args,
              exitCode: 0,
              stdout: expect.stringMatching(stdout),
            });
            expect(run.stderr).toMatch(
              new RegExp(`^cacheprogw: the store in .* can't be written: ${reason}: .* until close\n$`),
            );
            expect(readdirSync(sandbox().path).filter((name) => name.includes("spare"))).toEqual([]);
          }
          expect(same(readFileSync(output), await buildWithOwnCache(changed))).toBe(true);
        },
      );
    },
  );
}
