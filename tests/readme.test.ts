import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { catalogue, markdownChecks } from "../src/conformance/index.ts";
import { errorCodes } from "../src/errors.ts";

const root = join(import.meta.dir, "..");
const readme = await Bun.file(join(root, "README.md")).text();
let folder = "";

/** The blocks of one language, in order. */
function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map(
    (match) => match[1] ?? "",
  );
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cacheprogw-readme-"));
  // What bun add would leave behind, for the imports and for bunx.
  mkdirSync(join(folder, "node_modules/.bin"), { recursive: true });
  symlinkSync(root, join(folder, "node_modules/cacheprogw"));
  symlinkSync(join(root, "src/cli/main.ts"), join(folder, "node_modules/.bin/cacheprogw"));
  mkdirSync(join(folder, "bin"));
  symlinkSync(process.execPath, join(folder, "bin/bun"));
  cpSync(join(root, "fixtures/module"), join(folder, "fixtures/module"), { recursive: true });
  symlinkSync(join(root, "fixtures/reference-server.ts"), join(folder, "fixtures/reference-server.ts"));
  symlinkSync(join(root, "src"), join(folder, "src"));
  symlinkSync(join(root, "package.json"), join(folder, "package.json"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a block as a stranger would, with this bun for the one that npx would bring. */
function run(command: string[], input = ""): { code: number; output: string; errors: string } {
  const { GOCACHEPROG, ...env } = process.env;
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, {
    cwd: folder,
    stdin: Buffer.from(input),
    env: {
      ...env,
      XDG_CACHE_HOME: join(folder, "cache"),
      GOCACHE: join(folder, "gocache"),
      CGO_ENABLED: "0",
    },
  });
  return { code: exitCode, output: stdout.toString(), errors: stderr.toString() };
}

function runShell(block: string): ReturnType<typeof run> {
  const script = block
    .replaceAll("npx -y -p bun@1.4.5", `env PATH=${folder}/bin:$PATH`)
    .replaceAll("npx -y bun@1.4.5", process.execPath)
    .replaceAll("/tmp/cacheprogw-readme", join(folder, "go-store"));
  return run(["sh", "-ec", script]);
}

const go = Bun.which("go");

test("the table of errors is that of src/errors.ts", () => {
  const rows = [...readme.matchAll(/^\| `([A-Z_]+)` +\| (.*?) +\|$/gm)].map(([, code, meaning]) => [
    code,
    meaning,
  ]);
  expect(rows).toEqual(Object.entries(errorCodes));
});

test("the first block checks the reference program, which passes", () => {
  const { code, errors } = runShell(blocks("sh")[0] ?? "");
  expect(errors).toMatch(/\d+ passed/);
  expect(errors).not.toContain("failed");
  expect(code).toBe(0);
}, 60_000);

test("a program of one's own is checked; here by a few of the checks", () => {
  const { code, errors } = runShell((blocks("sh")[2] ?? "").replace(" check -- ", " check get -- "));
  expect(errors).toContain("✓ get/miss");
  expect(code).toBe(0);
});

test("a test suite has the checks among its tests", () => {
  writeFileSync(join(folder, "checks.test.ts"), blocks("ts")[0] ?? "");
  const { code, errors } = run([process.execPath, "test", "checks.test.ts", "-t", "get/"]);
  expect(errors).toContain("> get/miss");
  expect(errors).toContain(" 0 fail");
  expect(code).toBe(0);
});

test("the list of checks is that of the catalogue", () => {
  const rows = (table: string) =>
    table.split("\n").map((row) =>
      row
        .replace(/\s+/g, " ")
        .replace(/ ?-+ ?/g, "-")
        .trim(),
    );
  const list = readme.match(/<!-- cacheprogw checks --report markdown -->\n(.*)<!-- end -->/s)?.[1] ?? "";
  expect(rows(list.trim())).toEqual(rows(markdownChecks(catalogue).trim()));
});

test("the second block is the command that CI runs, and it runs tests", async () => {
  const command = blocks("sh")[1]?.trim() ?? "";
  const ci = await Bun.file(join(root, ".ci/run")).text();
  expect(ci).toContain(command.replace("npx -y bun@1.4.5", "$bun"));
  const [, ...words] = command.replace("npx -y bun@1.4.5", "bun").split(" ");
  const { code, errors } = run([process.execPath, ...words, "--cwd", root, "tests/architecture.test.ts"]);
  expect(errors).toContain(" 0 fail");
  expect(code).toBe(0);
});

test("the build script makes its result once, and gets it from the cache after that", () => {
  writeFileSync(join(folder, "input.css"), "a {\n  color:   red;\n}\n");
  writeFileSync(join(folder, "build.ts"), blocks("ts")[1] ?? "");
  const first = run([process.execPath, "build.ts"]);
  expect(first).toMatchObject({ code: 0, errors: "" });
  expect(first.output).toMatch(/^\/.* 18\n$/);
  expect(run([process.execPath, "build.ts"]).output).toBe(first.output);
});

test.skipIf(go === null)(
  "a Go build runs on serve (needs Go)",
  () => {
    expect(runShell(blocks("sh")[3] ?? "")).toMatchObject({ code: 0, errors: "" });
    // Its second build has nothing to put: what it needs is there.
    expect(runShell(blocks("sh")[3] ?? "")).toMatchObject({ code: 0, errors: "" });
  },
  60_000,
);

test("the cache program of one's own serves", () => {
  const code = (blocks("ts")[2] ?? "").replace("/tmp/cacheprogw-readme", join(folder, "own"));
  writeFileSync(join(folder, "own.ts"), code);
  const script = `echo body | cacheprogw put --key k -- bun own.ts && cacheprogw get --key k -- bun own.ts`
    .replaceAll("cacheprogw", `${process.execPath} src/cli/main.ts`)
    .replaceAll("bun own.ts", `${process.execPath} own.ts`);
  expect(run(["sh", "-ec", script])).toMatchObject({ code: 0, errors: "0 hits\n1 hits\n" });
});

test("each block is run by a test, but for those that install, lint and check", () => {
  expect(blocks("sh").slice(4)).toHaveLength(1);
  expect(blocks("ts")).toHaveLength(3);
});
