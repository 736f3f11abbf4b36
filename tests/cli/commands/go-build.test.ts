import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, isAbsolute } from "node:path";
import { type GoToolchain, goToolchains, hasGo } from "../../../fixtures/go-toolchains.ts";
import { blocks, Project } from "../../docs/project.ts";
import { canMount, expectNoMiss, GoBuilds, parallel, patience, same, unwritable } from "./go-builds.ts";

/*
 * The standard library is compiled once, by the cold build. tests/tools/wide/go-commands.ts has what compiles more of it:
 * go test, go vet of packages with imports, and a build with go's own cache that is as cold.
 */

setDefaultTimeout(patience);

/** Calls `make` once, and returns its value for every call. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** The versions that GO_VERSIONS names, or the one that is installed. */
for (const toolchain of hasGo ? goToolchains() : [undefined]) testsOf(toolchain);

function testsOf(toolchain: GoToolchain | undefined): void {
  const builds = once(() => new GoBuilds(toolchain ?? expect.unreachable()));
  const coldBinary = once(() => builds().binary());
  /** What went over the pipes in the first build with the server. After it, go's own cache has the same. */
  const coldBuild = once(async () => {
    const capture = await builds().build(builds().module, coldBinary(), "-p", "16");
    builds().fillOwnCache(capture);
    return capture;
  });
  /** The same program, built with go's own cache. */
  const expected = once(() => builds().buildWithOwnCache(builds().module));

  if (toolchain !== undefined) afterAll(() => builds()[Symbol.asyncDispose]());

  describe.skipIf(toolchain === undefined)(
    `${toolchain?.version ?? "go (not in PATH)"} with the built-in server`,
    () => {
      test("a cold build has no hits, and go's own cache, filled with what it put, builds the same program", async () => {
        const { hits, misses, puts } = await coldBuild();
        expect(hits).toEqual([]);
        expect(misses.length).toBeGreaterThan(100);
        expect(puts.length).toBeGreaterThan(misses.length);
        const { program, commands } = await expected();
        expect(commands).toContain("/link");
        expect(commands).not.toContain("/compile");
        expect(same(readFileSync(coldBinary()), program)).toBe(true);
      });

      test("the block of the documents builds, with what earlier builds have put", async () => {
        await coldBuild();
        const [block = ""] = blocks("src/server/README.md", "sh");
        const PATH = `${dirname(toolchain?.go ?? "")}:${process.env.PATH}`;
        const env = { ...process.env, PATH, GOFLAGS: builds().sandbox.flags };
        using project = new Project({ store: builds().store, env });
        expect(project.sh(block)).toEqual({ code: 0, output: "", errors: "" });
        // Without a cache program, go would have put what it compiles in its own cache.
        expect([...new Bun.Glob("gocache/??/*").scanSync(project.folder)]).toEqual([]);
      });

      test.each(parallel)(
        "a warm build with -p %s misses only the link, and builds the same program",
        async (p) => {
          await coldBuild();
          const { module } = builds();
          const output = builds().binary();
          const { misses, puts } = await builds().build(module, output, "-p", p);
          // Go doesn't cache programs. It links a missing one again, and puts the linker's empty output.
          expect(misses).toHaveLength(1);
          expect(puts.map(({ body }) => body.length)).toEqual([0]);
          expect(same(readFileSync(output), (await expected()).program)).toBe(true);
          expectNoMiss(await builds().build(module, output, "-p", p));
        },
      );

      test.each(parallel)(
        "after a change, a build with -p %s compiles only what depends on it",
        async (p) => {
          await coldBuild();
          const [changed, output] = [builds().sandbox.module(), builds().binary()];
          await builds().build(changed, output);
          builds().sandbox.edit(
            changed,
            "shout/shout.go",
            "strings.ToUpper(text)",
            `strings.ToUpper(text) + "!${p}"`,
          );
          const { misses } = await builds().build(changed, output, "-p", p);
          // The index of the folder, the package, the package that imports it, and the program.
          expect(misses).toHaveLength(4);
          expectNoMiss(await builds().build(changed, output, "-p", p));
          const { program } = await builds().buildWithOwnCache(changed);
          expect(same(readFileSync(output), program)).toBe(true);
        },
      );

      test("two concurrent builds with one directory build the same program", async () => {
        await coldBuild();
        const changed = builds().sandbox.module();
        builds().sandbox.edit(changed, "words/words.txt", "hello", "good morning");
        builds().sandbox.edit(changed, "greet/greet.go", '", "', '" to you, "');
        const outputs = [builds().binary(), builds().binary()];
        await Promise.all(outputs.map((output) => builds().build(changed, output, "-p", "16")));
        const { program } = await builds().buildWithOwnCache(changed);
        for (const output of outputs) {
          expect(same(readFileSync(output), program)).toBe(true);
          expectNoMiss(await builds().build(changed, output));
        }
      });

      test("go vet repeats its findings if nothing has changed, and puts nothing once there are none", async () => {
        const vetted = builds().sandbox.module();
        for (const p of parallel) {
          const { run } = await builds().go(vetted, "vet", "-p", p, "./loose");
          expect(run.exitCode).toBe(1);
          expect(run.stderr).toContain("self-assignment of size.Width");
        }
        builds().sandbox.edit(
          vetted,
          "loose/loose.go",
          "size.Width = size.Width",
          "size.Width = size.Height",
        );
        for (const again of [false, true]) {
          const { run, capture } = await builds().go(vetted, "vet", "-p", "16", "./loose");
          expect(run).toMatchObject({ exitCode: 0, stderr: "" });
          // Go 1.24 puts the empty facts of a package again.
          if (again && toolchain?.version.startsWith("go1.24.") !== true) expect(capture.puts).toEqual([]);
        }
      });

      test("go numbers its requests from 1 and sends close last; go list only ends stdin", async () => {
        const { requests } = await coldBuild();
        const ids = requests.map(({ request }) => Number(request.id)).sort((a, b) => a - b);
        expect(ids).toEqual(ids.map((_, index) => index + 1));
        expect(requests.at(-1)?.request).toMatchObject({ id: ids.length, command: "close" });
        expect(requests.filter(({ request }) => request.command === "close")).toHaveLength(1);
        const { run, capture } = await builds().go(builds().module, "list", "./...");
        expect(run).toMatchObject({
          exitCode: 0,
          stdout: expect.stringContaining("example.com/greeting/shout\n"),
        });
        expect(capture.requests.length).toBeGreaterThan(0);
        expect(capture.requests.every(({ request }) => request.command === "get")).toBe(true);
      });

      test("a hit has every field, and the file at its DiskPath holds the body that was put", async () => {
        const { puts } = await coldBuild();
        const { hits, requests } = await builds().build(builds().module, builds().binary());
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

      test.skipIf(!canMount).each(unwritable)(
        "go commands succeed with a store that %s (needs Linux and mounts in a user namespace)",
        async (_what, mount, reason) => {
          await coldBuild();
          const changed = builds().sandbox.module();
          const louder = `strings.ToUpper(text) + "${reason}"`;
          builds().sandbox.edit(changed, "shout/shout.go", "strings.ToUpper(text)", louder);
          builds().sandbox.edit(changed, "loose/loose.go", "= size.Width", `= len("${reason}")`);
          const output = builds().binary();
          await builds().runUnwritable(
            changed,
            [mount, reason],
            [
              [["build", "-o", output, "."], /^$/],
              [["install", "."], /^$/],
              [["vet", "./loose"], /^$/],
              [["list", "-export", "-f", "{{.Export}}", "./shout"], /^\/.*-d$/m],
              [["list", "-compiled", "-f", "{{.CompiledGoFiles}}", "./shout"], /^\[shout\.go\]$/m],
            ],
          );
          const { program } = await builds().buildWithOwnCache(changed);
          expect(same(readFileSync(output), program)).toBe(true);
        },
      );
    },
  );
}
