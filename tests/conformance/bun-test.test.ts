import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { guardEachTest, temporaryDirectory } from "../client/guard.ts";
import { emptyCache, scripted } from "../client/scripted.ts";

guardEachTest();
const folder = temporaryDirectory();
const library = join(import.meta.dir, "../../src/conformance/index.ts");

/** Runs a test file that calls describeConformance, and returns the output of the test runner. */
function runTests(name: string, script: string, options: string) {
  const file = join(folder, `${name}.test.ts`);
  const code = `
    import { describeConformance, KnownFailures, select } from ${JSON.stringify(library)};
    await describeConformance(${JSON.stringify(scripted(script))}, ${options});
  `;
  writeFileSync(file, code);
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, "test", file], { cwd: folder });
  // The name of the group contains the program's script.
  const lines = stderr.toString().replace(/^(\((?:pass|fail|skip)\)) .* > /gm, "$1 ");
  return { exitCode, said: lines.replace(/ \[[\d.]+m?s\]$/gm, "") };
}

test("describeConformance registers a test for each check, and skips those that aren't applicable", () => {
  const script = emptyCache.replace("hello()", 'hello(["put", "close"])');
  const { exitCode, said } = runTests("sound", script, `select({ only: ["handshake"] })`);
  expect(said).toContain("\n(pass) handshake/hello\n");
  expect(said).toContain("\n(skip) handshake/once (not applicable: get is not declared)\n");
  expect(said).toContain("\n(pass) handshake/commands\n"); // a violated should, without strict
  expect(said).toContain(" 0 fail\n");
  expect(exitCode).toBe(0);
});

test("a test of describeConformance fails with the finding: for a must, under strict a should, and a stale entry", () => {
  const script = `hello(["get"]); for (const { ID } of requests()) { say({ ID, Miss: true }); say({ ID: 0, KnownCommands: ["get"] }); }`;
  const known = `KnownFailures.parse("~handshake/commands\\nhandshake/hello")`;
  const choice = `select({ only: ["handshake/once", "handshake/hello", "handshake/commands"] })`;
  const { exitCode, said } = runTests("broken", script, `{ ...${choice}, strict: true, known: ${known} }`);
  expect(said).toContain("\n(fail) handshake/once\n");
  expect(said).toContain("Actual  a response with ID 0, which no request has\n");
  expect(said).toContain("handshake/hello passes now, but is listed as a known failure\n");
  expect(said).toContain("\n(pass) handshake/commands\n");
  expect(said).toContain("\n 2 fail\n");
  expect(exitCode).toBe(1);
});

test("a program that doesn't start fails one test of describeConformance", () => {
  const { exitCode, said } = runTests("dead", `log("no licence"); process.exit(3)`, "{}");
  expect(said).toContain("it sent no hello: it exited with code 3\nno licence\n");
  expect(said).toContain("\n(fail) the program starts and sends a hello\n");
  expect(said).toContain("\n 1 fail\n");
  expect(exitCode).toBe(1);
});

test("a program that dies at its first request fails the tests that explain it; the others are skipped, and say why", () => {
  const { exitCode, said } = runTests("dies", "hello(); for (const r of requests()) process.exit(2);", "{}");
  expect(said).toContain("\n(fail) get/miss\n");
  expect(said).toContain("\n(skip) put/replaces (not run: see framing/blank-line, framing/no-waiting,");
  expect(said).toContain("\n 0 pass\n");
  expect(said).toContain("\n 4 fail\n");
  expect(exitCode).toBe(1);
});

test("program output in a failed test can't run a workflow command of the CI system", () => {
  const script = `log("::error::x"); log("a ##[group]b"); process.exit(3)`;
  const { said } = runTests("obeyed", script, "{}");
  expect(said).toContain("\n\\x3a:error::x\na #\\x23[group]b\n");
  const withFinding = runTests(
    "finding",
    `hello(["get"]); log("::error::x"); process.exit(0)`,
    `select({ only: ["get/miss"] })`,
  );
  expect(withFinding.said).toMatch(/Stderr {2}\\x3a:error::x/);
});

test("the library works without a test runner", () => {
  const { stdout } = Bun.spawnSync([
    process.execPath,
    "-e",
    `const { catalogue, faults } = await import(${JSON.stringify(library)}); console.log(catalogue.length > 0, faults.length > 0)`,
  ]);
  expect(stdout.toString()).toBe("true true\n");
});
