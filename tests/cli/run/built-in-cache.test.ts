import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { builtin } from "../../../src/client/process/builtin-program.ts";
import { Sandbox } from "../sandbox.ts";

const step = ["run", "-i", "a", "-o", "out", "--", "sh", "-c", "cp a out; echo ran"];

test("run and cacheprogw serve have the same store", async () => {
  using sandbox = new Sandbox();
  sandbox.write("a", "a");
  expect(await sandbox.run(step)).toMatchObject({ code: 0, stderr: expect.stringContaining("stored") });
  rmSync(join(sandbox.cwd, "out"));
  rmSync(join(sandbox.cache, "cacheprogw-steps"), { recursive: true });
  const env = { GOCACHEPROG: builtin.join(" ") };
  const { stderr } = await sandbox.run(step, { env });
  expect(stderr).toContain("hit, 1 file restored");
});

test("run starts no program for the built-in cache", async () => {
  using sandbox = new Sandbox();
  sandbox.write("a", "a");
  const seen = join(sandbox.path, "seen");
  const command = ["run", "-i", "a", "--", "sh", "-c", `ps -o args= --ppid $PPID > ${seen}`];
  await sandbox.run(command);
  expect(await Bun.file(seen).text()).not.toContain("serve");
});

test.each<[string, (sandbox: Sandbox) => void, Readonly<Record<string, string>>, string]>([
  ["is a file", ({ cache }) => writeFileSync(join(cache, "cacheprogw"), "a file"), {}, "it is a file"],
  [
    "has other files",
    ({ cache }) => {
      mkdirSync(join(cache, "cacheprogw"));
      writeFileSync(join(cache, "cacheprogw/letter.txt"), "dear");
    },
    {},
    "letter.txt",
  ],
  ["is named by a relative path", () => {}, { XDG_CACHE_HOME: "cache" }, "relative path"],
])("a store whose directory %s doesn't stop a step", async (_name, prepare, env, why) => {
  using sandbox = new Sandbox();
  sandbox.write("a", "a");
  prepare(sandbox);
  const { code, stdout, stderr } = await sandbox.run(step, { env });
  expect(stderr).toContain(why);
  expect(stderr.split("going on without the cache")).toHaveLength(2);
  expect([code, stdout.toString()]).toEqual([0, "ran\n"]);
  const strict = await sandbox.run(["run", "--require-cache", ...step.slice(1)], { env });
  expect(strict.stderr).toContain(why);
  expect(strict.code).toBe(3);
});

test("without a directory for caches, steps run, what fails is shown, and nothing is written elsewhere", async () => {
  using sandbox = new Sandbox();
  sandbox.write("a", "a");
  const env = { XDG_CACHE_HOME: undefined, HOME: "home" };
  const { code, stdout, stderr } = await sandbox.run(step, { env });
  expect(stderr).toContain(
    "HOME is the relative path home; expected it to be absolute, or GOCACHEPROG to be set",
  );
  expect(stderr).toMatch(/: miss: .*\n.*: done in .*, not cached: the cache failed\n$/);
  expect([code, stdout.toString()]).toEqual([0, "ran\n"]);
  const failing = await sandbox.run(["run", "-i", "a", "--", "sh", "-c", "echo wrong; exit 3"], { env });
  expect([failing.code, failing.stdout.toString()]).toEqual([3, "wrong\n"]);
  expect(readdirSync(sandbox.cwd).sort()).toEqual(["a", "out"]);
});
