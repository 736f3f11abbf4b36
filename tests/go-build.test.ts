import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { type Capture, encodeRequests } from "../fixtures/capture.ts";
import { type GoRun, GoSandbox, ourServer } from "../fixtures/go-sandbox.ts";
import { type GoToolchain, goToolchains, hasGo } from "../fixtures/go-toolchains.ts";

/** A cold build compiles a part of the standard library, and others use the processors as well. */
const patience = 180_000;
setDefaultTimeout(patience);

/** How many actions go does at once. */
const parallel = ["1", "16"];

/** The value of the first call, for every call. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Without inlining and debug information the standard library is compiled a quarter faster. */
const fast = ["-gcflags=all=-l -dwarf=false"];

const readOnly = "mount --bind $0 $0 && mount -o remount,bind,ro $0";
/** What is written goes to a file system that has nothing left. */
const full =
  "mount -t tmpfs -o size=64k full /mnt && mkdir /mnt/upper /mnt/work && { cat /dev/zero >/mnt/filler 2>/dev/null || " +
  "mount -t overlay -o lowerdir=$0,upperdir=/mnt/upper,workdir=/mnt/work full $0; }";
/** Tried on this directory, where nobody else sees it. */
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
  /** The one directory that all runs here share: whatever is compiled, is compiled once. */
  const cacheProgram = once(() => ourServer(sandbox().folder("store")));
  /** The module as it is. */
  const module = once(() => sandbox().module());
  /** What went over the pipes when it was built with the server for the first time. */
  const coldBuild = once(() => build(module(), coldBinary(), "-p", "16"));
  const coldBinary = once(binary);
  /** The same program, made with go's own cache. */
  const expected = once(() => buildWithOwnCache(module()));

  /** A new place for a program. */
  function binary(): string {
    return join(sandbox().folder("bin"), "greeting");
  }

  /** Builds the module with the server. Go does not link again what is there and up to date. */
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

  /** Runs go with the server, and holds every byte that go sent against what the encoder makes of it. */
  async function go(cwd: string, ...args: string[]): Promise<{ run: GoRun; capture: Capture }> {
    const recorded = await sandbox().record(args, { cwd, cacheProgram: cacheProgram() });
    const { stdin, requests } = recorded.capture;
    expect(same(encodeRequests(requests), stdin)).toBe(true);
    return recorded;
  }

  /** Without the megabytes that a failing toEqual would print. */
  function same(one: Uint8Array, other: Uint8Array): boolean {
    return Buffer.compare(one, other) === 0;
  }

  function expectNoMiss({ hits, misses, puts }: Capture): void {
    expect(hits.length).toBeGreaterThan(100);
    expect(misses).toEqual([]);
    expect(puts).toEqual([]);
  }

  /**
   * Our server in a mount namespace of its own, where a command makes of the store, which is $0 to it, one that can't be
   * written.
   */
  function serverAfter(mount: string): string[] {
    const server = cacheProgram();
    return ["unshare", "-Urm", "sh", "-c", `${mount} && exec "$@"`, server.at(-1) ?? "", ...server];
  }

  if (toolchain !== undefined) afterAll(() => sandbox()[Symbol.asyncDispose]());

  describe.skipIf(toolchain === undefined)(
    `${toolchain?.version ?? "go, which is not on the PATH,"} with the server that is built in`,
    () => {
      test("a cold build finds nothing, and makes the same program as with go's own cache", async () => {
        const { hits, misses, puts } = await coldBuild();
        expect(hits).toEqual([]);
        expect(misses.length).toBeGreaterThan(100);
        expect(puts.length).toBeGreaterThan(misses.length);
        expect(same(readFileSync(coldBinary()), await expected())).toBe(true);
      });

      test.each(parallel)("a warm build with -p %s has no miss, and links the same program", async (p) => {
        await coldBuild();
        const output = binary();
        const { misses, puts } = await build(module(), output, "-p", p);
        // Programs are not put: go links anew what is not there, and puts what the linker printed, which is nothing.
        expect(misses).toHaveLength(1);
        expect(puts.map(({ body }) => body.length)).toEqual([0]);
        expect(same(readFileSync(output), await expected())).toBe(true);
        expectNoMiss(await build(module(), output, "-p", p));
      });

      test.each(parallel)(
        "a build with -p %s after a change compiles what depends on it, and no more",
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

      test("two builds at once on one directory make the same program", async () => {
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

      test("go test runs a test again when a file that it depends on has changed, and not before", async () => {
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

      test("go vet says the same again when nothing has changed, and stores nothing more once all is well", async () => {
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
          // Of the packages that have main or a test in them, go asks for the compiled form, and vet never makes it.
          expect(capture.misses.length).toBeLessThanOrEqual(2);
          expect(capture.hits.length).toBeGreaterThan(100);
        }
      });

      test("go counts its requests from 1 and sends close last, and go list just ends stdin", async () => {
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

      test("a hit has every field, and the file that it names holds what was put", async () => {
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
        "go does with a store that %s all that it does with another (needs Linux, and mounts in a user namespace)",
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
