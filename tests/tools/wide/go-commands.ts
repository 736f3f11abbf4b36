import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { type GoToolchain, goToolchains, hasGo } from "../../../fixtures/go-toolchains.ts";
import {
  canMount,
  expectNoMiss,
  GoBuilds,
  parallel,
  patience,
  same,
  unwritable,
} from "../../cli/commands/go-builds.ts";

/* What tests/cli/commands/go-build.test.ts leaves out, because more of the standard library is compiled for it. */

setDefaultTimeout(patience);

/** The versions that GO_VERSIONS names, or the one that is installed. */
for (const toolchain of hasGo ? goToolchains() : [undefined]) testsOf(toolchain);

function testsOf(toolchain: GoToolchain | undefined): void {
  let made: GoBuilds | undefined;
  function builds(): GoBuilds {
    made ??= new GoBuilds(toolchain ?? expect.unreachable());
    return made;
  }
  afterAll(() => made?.[Symbol.asyncDispose]());

  describe.skipIf(toolchain === undefined)(
    `${toolchain?.version ?? "go (not in PATH)"} with the built-in server`,
    () => {
      test("a cold build builds the same program as go's own cache, as cold", async () => {
        const output = builds().binary();
        const { hits } = await builds().build(builds().module, output, "-p", "16");
        expect(hits).toEqual([]);
        const { program, commands } = await builds().buildWithOwnCache(builds().module);
        expect(commands).toContain("/compile");
        expect(same(readFileSync(output), program)).toBe(true);
      });

      test("go test reruns a test only after a file that it depends on has changed", async () => {
        const tested = builds().sandbox.module();
        const cold = await builds().go(tested, "test", "-vet=off", "-p", "16", "./...");
        expect(cold.run.exitCode).toBe(0);
        expect(cold.run.stdout).toMatch(/^ok .*\/greet\s+[\d.]+s$/m);
        for (const p of parallel) {
          const { run, capture } = await builds().go(tested, "test", "-vet=off", "-p", p, "./...");
          expect(run.stdout).toMatch(/^ok .*\/greet\s+\(cached\)$/m);
          expectNoMiss(capture);
        }
        builds().sandbox.edit(tested, "words/words.txt", "hello", "goodbye");
        const { run } = await builds().go(tested, "test", "-vet=off", "-p", "1", "./...");
        expect(run.exitCode).toBe(1);
        expect(run.stdout).toContain("goodbye, gopher");
      });

      test("go vet repeats its findings if nothing has changed, and puts nothing once there are none", async () => {
        const vetted = builds().sandbox.module();
        for (const p of ["16", "1"]) {
          const { run } = await builds().go(vetted, "vet", "-p", p, "./...");
          expect(run.exitCode).toBe(1);
          expect(run.stderr).toContain("self-assignment of size.Width");
        }
        builds().sandbox.edit(
          vetted,
          "loose/loose.go",
          "size.Width = size.Width",
          "size.Width = size.Height",
        );
        const { run } = await builds().go(vetted, "vet", "-p", "1", "./...");
        expect(run).toMatchObject({ exitCode: 0, stderr: "" });
        for (const p of parallel) {
          const { run, capture } = await builds().go(vetted, "vet", "-p", p, "./...");
          expect(run).toMatchObject({ exitCode: 0, stderr: "" });
          // Go 1.24 puts the empty facts of a package again.
          if (toolchain?.version.startsWith("go1.24.") !== true) expect(capture.puts).toEqual([]);
          // For packages with a main or a test, go asks for the compiled form, which vet never makes.
          expect(capture.misses.length).toBeLessThanOrEqual(2);
          expect(capture.hits.length).toBeGreaterThan(100);
        }
      });

      test.skipIf(!canMount).each(unwritable)(
        "go vet and go test succeed with a store that %s (needs Linux and mounts in a user namespace)",
        async (_what, mount, reason) => {
          const changed = builds().sandbox.module();
          for (const args of [
            ["vet", "./greet"],
            ["test", "-vet=off", "./greet"],
          ])
            expect((await builds().go(changed, ...args)).run).toMatchObject({ exitCode: 0 });
          const louder = `strings.ToUpper(text) + "${reason}"`;
          builds().sandbox.edit(changed, "shout/shout.go", "strings.ToUpper(text)", louder);
          await builds().runUnwritable(
            changed,
            [mount, reason],
            [
              [["vet", "./shout", "./greet"], /^$/],
              [["test", "-vet=off", "./shout", "./greet"], /^ok .*\/greet\s/m],
              [["list", "-test", "-f", "{{.GoFiles}}", "./greet"], /^\[\/.*-d\]$/m],
            ],
          );
        },
      );
    },
  );
}
