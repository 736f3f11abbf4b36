import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Sandbox } from "../sandbox.ts";

const secret = "hunter2-and-more";

/** The files below a folder that have a text in them or in their names. */
function filesWith(folder: string, text: string): readonly string[] {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => {
      const path = join(folder, name);
      return name.includes(text) || (statSync(path).isFile() && readFileSync(path).includes(text));
    });
}

test("the value of a variable is in no key, result or memory that can be read", async () => {
  using sandbox = new Sandbox();
  sandbox.write("in", "input\n");
  const run = ["run", "--json", "--explain", "-e", "TOKEN", "-i", "in", "-o", "out", "--", "cp", "in", "out"];
  for (const TOKEN of [secret, `${secret}!`, secret]) {
    const { code, stdout, stderr } = await sandbox.run(run, { env: { TOKEN } });
    expect([code, `${stdout}${stderr}`]).toEqual([0, expect.not.stringContaining(secret)]);
  }
  expect(filesWith(sandbox.path, "input\n").length).toBeGreaterThan(2);
  expect(filesWith(sandbox.path, secret)).toEqual([]);
});

test("a .env file is neither an input nor an output, unless a pattern names it", async () => {
  using sandbox = new Sandbox();
  sandbox.write("in", "input\n");
  sandbox.write(".env", `TOKEN=${secret}\n`);
  const command = ["--", "sh", "-c", "mkdir -p dist; cp in .env dist"];
  const run = ["run", "-i", ".", "-i", "!dist", "-o", "dist", ...command];
  await sandbox.run(run);
  expect(filesWith(sandbox.cache, secret)).toEqual([]);
  sandbox.write(".env", "TOKEN=other\n");
  // What a step left besides its outputs isn't its own.
  rmSync(join(sandbox.cwd, "dist/in"));
  expect((await sandbox.run(run)).stderr).toContain("sh: hit, 1 file restored");
  expect(readdirSync(join(sandbox.cwd, "dist")).sort()).toEqual([".env", "in"]);
  const named = ["run", "-i", "in", "-i", ".env", "-o", "dist", ...command];
  await sandbox.run(named);
  sandbox.write(".env", "TOKEN=third\n");
  expect((await sandbox.run(named)).stderr).toContain("sh: miss: .env changed");
});

test("bun doesn't load a .env file of the project for a command", async () => {
  using sandbox = new Sandbox();
  mkdirSync(join(sandbox.cwd, "src"));
  sandbox.write(".env", `TOKEN=${secret}\n`);
  sandbox.write("src/in", "");
  const child = Bun.spawn(
    [
      join(import.meta.dir, "../../../src/cli/main.ts"),
      "run",
      "-i",
      "src",
      "--",
      "sh",
      "-c",
      'echo "<$TOKEN>"',
    ],
    { cwd: sandbox.cwd, env: sandbox.env, stdout: "pipe", stderr: "ignore" },
  );
  expect(await child.stdout.text()).toBe("<>\n");
});
