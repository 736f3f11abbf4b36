import { afterAll, expect, test } from "bun:test";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../tools/generated-docs.ts";
import { blocks, Project } from "./project.ts";

const project = new Project();
afterAll(() => project[Symbol.dispose]());

const [
  check = "",
  checkOther = "",
  runStep = "",
  build = "",
  traced = "",
  bench = "",
  setUp = "",
  runTests = "",
  ...others
] = blocks("README.md", "sh");
const [script = "", ...otherScripts] = blocks("README.md", "ts");

test("the first block checks the built-in program; here by a few of the checks", () => {
  // tests/package.test.ts runs all of them.
  const { code, errors } = project.sh(`${check.trimEnd()} get`);
  expect(errors).toContain("(built in)");
  expect(errors).toMatch(/ {2}\d+ passed {2}/);
  expect(code).toBe(0);
});

test("a program after -- is checked; here by a few of the checks", () => {
  const { code, errors } = project.sh(checkOther.replace(" check -- ", " check get -- "));
  expect(errors).toContain("✓ get/miss");
  expect(code).toBe(0);
});

test("the build script runs its step once, then gets the result from the cache", () => {
  project.write("input.css", "a {\n  color:   red;\n}\n");
  expect(project.ts(script)).toEqual({ code: 0, output: "ran\n", errors: "" });
  rmSync(join(project.folder, "dist"), { recursive: true });
  expect(project.ts(script)).toEqual({ code: 0, output: "hit\n", errors: "" });
  expect(readFileSync(join(project.folder, "dist/style.css"), "utf8")).toBe("a {  color:   red;}");
  rmSync(join(project.folder, "dist"), { recursive: true });
});

test("the command line runs its command once, then gets the result from the cache", () => {
  expect(project.sh(runStep)).toMatchObject({ code: 0, errors: expect.stringContaining("bun: done in ") });
  expect(project.sh(runStep)).toMatchObject({ code: 0, errors: expect.stringContaining("bun: hit, ") });
});

test("the block that runs a Go build is that of the server's page, which tests/cli/commands/go-build.test.ts runs", () => {
  expect(blocks("src/server/README.md", "sh")[0]).toBe(build);
});

test("the block that traces a build makes the page", () => {
  // In place of go: a client that takes its cache program from GOCACHEPROG, as go does.
  project.write("bin/go", '#!/bin/sh\necho body | cacheprogw put --key "$*"\n', 0o755);
  const page = join(project.folder, "build.html");
  const { code, errors } = project.sh(traced.replace("/tmp/cacheprogw-readme.html", page));
  rmSync(join(project.folder, "bin/go"));
  const [, traces = ""] = /the traces are in (.*cacheprogw-trace-\w+)$/m.exec(errors) ?? [];
  rmSync(traces, { recursive: true });
  expect({ code, errors }).toEqual({ code: 0, errors: expect.stringContaining(`the page is ${page}`) });
  expect(readFileSync(page, "utf8")).toStartWith("<!doctype html>");
});

test("the lines of bench are correct except that the programs don't exist", () => {
  expect(project.codesWithoutProgram(bench)).toEqual([5, 5, 5]);
});

test("the table lists each command", () => {
  const text = readFileSync(join(root, "README.md"), "utf8");
  const { output } = project.run(["cacheprogw", "--help"]);
  const [, list = ""] = output.match(/^Commands:\n(.*?)\n\n/ms) ?? [];
  const names = [...list.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = ""]) => name);
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !text.includes(`\`cacheprogw ${name}`))).toEqual([]);
});

test("CI runs the commands that set up the project, and the one that runs the tests", () => {
  const ci = readFileSync(join(root, ".ci/run"), "utf8");
  const commands = [...setUp.trim().split("\n"), runTests.trim()];
  expect(commands).toHaveLength(4);
  for (const command of commands) expect(ci).toContain(command.replace("npx -y bun@1.4.5", "$bun"));
});

test("the command that runs the tests runs them", () => {
  const [, ...words] = runTests.trim().replace("npx -y bun@1.4.5", "bun").split(" ");
  const one = [process.execPath, ...words, "--cwd", root, "tests/architecture.test.ts"];
  const { code, errors } = project.run(one);
  expect(errors).toContain(" 0 fail");
  expect(code).toBe(0);
});

test("each block is run by a test", () => {
  expect([...others, ...otherScripts]).toEqual([]);
});
