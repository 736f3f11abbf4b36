import { afterAll, expect, test } from "bun:test";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { ourselves } from "../../../src/client/process/builtin-program.ts";
import { Sandbox } from "../sandbox.ts";

/* cacheprogw in a project whose .env, bunfig.toml and tsconfig.json must not affect it. */

const sandbox = new Sandbox();
afterAll(() => sandbox[Symbol.dispose]());
const main = resolve(import.meta.dir, "../../../src/cli/main.ts");
const bin = join(sandbox.path, "bin");
mkdirSync(bin);
symlinkSync(process.execPath, join(bin, "bun"));
mkdirSync(join(sandbox.cwd, "node_modules/.bin"), { recursive: true });
symlinkSync(main, join(sandbox.cwd, "node_modules/.bin/cacheprogw"));
sandbox.write("package.json", `{ "name": "project" }`);

const lies = `GOCACHEPROG="/nowhere/cacheprog"
HOME="${sandbox.path}/elsewhere"
XDG_CACHE_HOME="${sandbox.path}/elsewhere"
TMPDIR="/nowhere"
`;
for (const name of [".env", ".env.local", ".env.development", ".env.test", ".env.production"]) {
  sandbox.write(name, lies);
}
sandbox.write("prints.ts", `console.log("from the preload")`);

/** Each file alone would change something. The next configuration replaces them; the .env files stay. */
const configs: readonly (readonly [what: string, files: Readonly<Record<string, string>>])[] = [
  [
    "a preload that prints, and paths that lead every import elsewhere",
    {
      "bunfig.toml": `preload = ["./prints.ts"]`,
      "tsconfig.json": `{"compilerOptions":{"paths":{"*":["./prints.ts"]}}}`,
    },
  ],
  [
    "a preload that isn't installed, and a malformed jsconfig.json",
    { "bunfig.toml": `preload = ["not-installed"]`, "jsconfig.json": `{"compilerOptions` },
  ],
  [
    "a malformed bunfig.toml and a malformed tsconfig.json",
    { "bunfig.toml": "preload = [", "tsconfig.json": `{"compilerOptions` },
  ],
];

const ways: readonly (readonly [what: string, words: readonly string[]])[] = [
  ["its bin", [join("node_modules/.bin/cacheprogw")]],
  ["bunx", [process.execPath, "x", "cacheprogw"]],
  ["the file, with bun on the PATH", [main]],
  ["bun with the options that the bin has", [...ourselves]],
];

/** The environment of go, and of a shell, without what .env files would set. */
const env = {
  PATH: `${bin}:${process.env.PATH}`,
  XDG_CACHE_HOME: sandbox.cache,
  TMPDIR: sandbox.tmp,
  BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0",
};

async function run(words: readonly string[], input: string): Promise<{ output: string; errors: string }> {
  const child = Bun.spawn([...words], {
    cwd: sandbox.cwd,
    env,
    stdin: new Blob([input]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, errors] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  return { output, errors };
}

for (const [what, files] of configs) {
  test.each(ways)(
    `a project with .env files, ${what} changes nothing for serve and put, started by %s`,
    async (_, words) => {
      for (const other of ["bunfig.toml", "tsconfig.json", "jsconfig.json"])
        rmSync(join(sandbox.cwd, other), { force: true });
      for (const [file, content] of Object.entries(files)) sandbox.write(file, content);
      const hello = `{"ID":0,"KnownCommands":["get","put","close"]}\n`;
      expect(await run([...words, "serve"], "")).toEqual({ output: hello, errors: "" });
      // The built-in program is started in the same directory.
      const { output, errors } = await run([...words, "put", "-k", "a", "--json"], "body");
      expect(errors).toBe(
        "cacheprogw: no program after -- and none in GOCACHEPROG: using the built-in program (cacheprogw serve)\n",
      );
      expect(output).toContain(`"diskPath":"${sandbox.cache}/cacheprogw/`);
    },
  );
}
