import { afterAll, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Sandbox, scripted, type Ways } from "../../cli/sandbox.ts";

const sandbox = new Sandbox();
afterAll(() => sandbox[Symbol.dispose]());
const faulty = resolve(import.meta.dir, "../../../fixtures/faulty-server.ts");

/** The arguments after the options that run the program with a fault. */
function withFault(name: string): string[] {
  return ["--", process.execPath, faulty, "--fault", name, "--dir", "{dir}"];
}

/** Runs in its own sandbox unless one is given: concurrent tests must not see each other's files. */
async function check(args: readonly string[], ways: Ways = {}, given?: Sandbox) {
  using own = given === undefined ? new Sandbox() : undefined;
  const { code, stdout, stderr } = await (given ?? own ?? sandbox).run(["check", ...args], ways);
  return { code, stdout: stdout.toString(), stderr };
}

const sound = "hello(); for (const { ID } of requests()) say({ ID, Miss: true })";

test("the reference program passes, and the report goes to stderr", async () => {
  const { code, stdout, stderr } = await check(["handshake"]);
  expect(stderr).toStartWith("cacheprogw check · cacheprogw serve (built in) · as go1.24 · ");
  expect(stderr).toMatch(/^ {2}handshake\n {4}✓ handshake\/unprompted +[\d.]+ m?s\n/m);
  expect(stderr).toMatch(/\n {2}\d+ passed · \d info +[\d.]+ m?s\n$/);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
});

test("a failure is shown with its details, and the rerun command works", async () => {
  const { code, stderr } = await check([
    "handshake/once",
    "handshake/hello",
    "--check-timeout=30",
    ...withFault("hello-twice"),
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain("must · go build would fail\n        There is only one hello");
  expect(stderr).toContain(
    "Expected  a response to a request\n            Actual  a response with ID 0, which no request has\n",
  );
  const command = stderr.slice(stderr.indexOf("Rerun") + 5, stderr.indexOf("\n\n  1 passed"));
  // The line breaks depend on the paths of the project and of Bun.
  expect(command.replaceAll(/\\\n +/g, "")).toContain("handshake/once --check-timeout 30 -- ");
  const again = Bun.spawnSync(["sh", "-c", command], { cwd: sandbox.cwd, env: { ...sandbox.env } });
  expect(again.stderr.toString()).toContain("as go1.24 · 1 check\n\n  handshake\n    ✗ handshake/once ");
  expect(again.exitCode).toBe(1);
});

test("the rerun command starts with bunx if only a project's node_modules/.bin has cacheprogw", async () => {
  const bin = join(sandbox.path, "node_modules/.bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "cacheprogw"), "#!/bin/sh\n", { mode: 0o755 });
  const args = ["check", "handshake/once", ...withFault("hello-twice")];
  const { stderr } = await sandbox.run(args, { env: { PATH: `${bin}:${process.env.PATH}` } });
  expect(stderr).toContain(" Rerun  bunx cacheprogw check handshake/once ");
});

test("a violated should fails the run only with --strict", async () => {
  const args = ["handshake/commands", ...scripted('hello(["get"]); for (const _ of requests());')];
  const [lenient, strict] = await Promise.all([check(args), check(["--strict", ...args])]);
  expect(lenient.stderr).toContain("    ! handshake/commands ");
  expect(lenient.stderr).toContain("\n  1 warning ");
  expect(strict.stderr).toContain("    ✗ handshake/commands ");
  expect([lenient.code, strict.code]).toEqual([0, 1]);
});

test("a run without applicable checks doesn't pass, nor does one that timed out", async () => {
  const none = `hello(["get2"]); for (const _ of requests());`;
  const [silent, late] = await Promise.all([
    check(["handshake/once", ...scripted(none)]),
    check(["handshake/hello", "--timeout", "0.01", ...scripted(none)]),
  ]);
  expect(silent.stderr).toContain("No check applies to this program, so the run doesn't count as passed.");
  expect(late.stderr).toContain("The run exceeded --timeout; this report is incomplete.");
  expect([silent.code, late.code]).toEqual([3, 3]);
});

test("a program that doesn't start, or sends no hello, is reported once", async () => {
  const [absent, dead] = await Promise.all([
    check(["--", "./absent"]),
    check(["get", ...scripted(`log("no licence"); process.exit(3)`)]),
  ]);
  expect(absent).toMatchObject({ code: 5, stderr: expect.stringContaining("there is no file") });
  expect(dead.code).toBe(5);
  expect(dead.stderr.match(/no licence\n/g)).toHaveLength(1);
  expect(dead.stderr).toContain("failed the handshake: it sent no hello: it exited with code 3");
});

test("reports go to files and one to stdout; the GitHub summary is written", async () => {
  const summary = sandbox.write("summary.md", "before\n");
  const formats = ["json=a.json", "junit=a.xml", "tap", "markdown=a.md", "text=a.txt", "github=a.gh"];
  const { code, stdout } = await check(
    ["handshake/hello", ...formats.flatMap((format) => ["--report", format]), ...withFault("hello-id")],
    { env: { GITHUB_STEP_SUMMARY: summary } },
    sandbox,
  );
  expect(code).toBe(5);
  expect(stdout).toStartWith("TAP version 14\n");
  expect(JSON.parse(sandbox.read("a.json").toString())).toMatchObject({ version: 1, outcome: "not started" });
  const heads = ["a.xml", "a.md", "a.txt", "a.gh"].map((name) => sandbox.read(name).toString().slice(0, 12));
  expect(heads).toEqual(["<?xml versio", "### cachepro", "cacheprogw c", "::error titl"]);
  expect(sandbox.read("summary.md").toString()).toStartWith("before\n### cacheprogw check: did not start\n");
});

test("known failures don't fail a run, a stale entry does, and --write-known writes the file", async () => {
  const program = withFault("hello-twice");
  const [known, old] = [
    sandbox.write("fails.txt", "handshake/once # upstream\n"),
    sandbox.write("stale.txt", "handshake/once\nhandshake/hello\n"),
  ];
  const [fails, stale] = await Promise.all([
    check(["handshake", "--known", known, "--report", "html=known.html", ...program], {}, sandbox),
    check(["handshake", "--known", old, ...program]),
  ]);
  expect(fails.stderr).toMatch(/ {4}~ handshake\/once +[\d.]+ m?s {2}known failure: upstream\n/);
  expect(fails.code).toBe(0);
  const page = sandbox.read("known.html").toString();
  expect(page).toStartWith("<!doctype html>");
  const conversation = `started: .*?(?=</table>)`;
  expect(page.match(new RegExp(conversation, "s"))?.[0].match(/KnownCommands/g)).toHaveLength(2);
  expect(stale.stderr).toContain("Stale known failure: handshake/hello passes now\n");
  expect(stale.stderr).toMatch(/\n {2}\d passed · .*1 stale entry /);
  expect(stale.stderr).not.toContain("failed");
  expect(stale.code).toBe(1);
});

test("--write-known runs three times, and marks checks that differ as flaky", async () => {
  const flag = join(sandbox.cwd, "flag");
  const odd = `hello(["get"]); for (const { ID } of requests()) {
    const rest = fs.existsSync(${JSON.stringify(flag)}) ? { DiskPath: process.cwd() } : {};
    try { say({ ID, Miss: true, ...rest }) } catch { process.exit(0) }
  }`;
  await using running = sandbox.start(["check", "--write-known", "written.txt", ...scripted(odd)]);
  await running.said("run 2 of 3, to find checks that fail now and then");
  await Bun.write(flag, "");
  const { code, stderr } = await running.ended();
  expect(stderr).toContain("run 3 of 3, to find checks that fail now and then");

  const text = await Bun.file(join(sandbox.cwd, "written.txt")).text();
  expect(text).toMatch(/^~get\/miss-alone +# /m);
  expect(text).toMatch(/^handshake\/commands +# no put, close$/m);
  expect(code).toBe(0);
});

test("--write-known writes nothing if the run is incomplete", async () => {
  const { code, stderr } = await check(
    ["--write-known", "left.txt", ...scripted("process.exit(1)")],
    {},
    sandbox,
  );
  expect(stderr).toContain("left.txt is unchanged: known failures were not written: the run is incomplete\n");
  expect(code).toBe(5);
  expect(await Bun.file(join(sandbox.cwd, "left.txt")).exists()).toBe(false);
});

test("relative paths in the program's command work, although it runs in another directory", async () => {
  sandbox.write(
    "my server.ts",
    `await import(${JSON.stringify(resolve(import.meta.dir, "../../../fixtures/reference-server.ts"))})`,
  );
  const { code, stderr } = await check(
    ["handshake/hello", "--", process.execPath, "my server.ts", "--dir", "{dir}"],
    {},
    sandbox,
  );
  expect(stderr.replace(/\s+/g, " ")).toContain("'my server.ts' --dir {dir} · as");
  expect(code).toBe(0);
});

test("the program may come from GOCACHEPROG", async () => {
  const [, ...words] = scripted("hello(); for (const _ of requests());");
  const GOCACHEPROG = words.map((word) => `'${word}'`).join(" ");
  const { code, stderr } = await check(["handshake/hello"], { env: { GOCACHEPROG } });
  expect(stderr).not.toContain("built in");
  expect(stderr).toContain("✓ handshake/hello");
  expect(code).toBe(0);
});

test("Ctrl-C stops everything, marks the report as incomplete, and exits with 130", async () => {
  await using running = sandbox.start([
    "check",
    "handshake/hello",
    "handshake/once",
    "--report",
    "json",
    "--check-timeout",
    "60",
    ...scripted(`hello(); for (const r of requests()) log("asked"), hang()`),
  ]);
  await running.said("✓ handshake/hello");
  running.child.kill("SIGINT");
  const { code, stdout, stderr } = await running.ended();
  expect(stderr).toContain("The run was interrupted; this report is incomplete.\n");
  expect(stderr).toContain("1 passed · 1 not reached ");
  expect(JSON.parse(stdout.toString())).toMatchObject({ stopped: "interrupted", outcome: "incomplete" });
  expect(code).toBe(130);
});

test("a closed stdout is not an error", async () => {
  const { exitCode, stderr } = Bun.spawnSync(
    ["sh", "-c", '"$@" | true; exit 0', "sh", ...sandbox.command, "checks"],
    { cwd: sandbox.cwd, env: { ...sandbox.env } },
  );
  expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: "" });
});

test("only terminals get colors, unless forced", async () => {
  const args = ["handshake/hello", ...scripted(sound)];
  const envs: Ways["env"][] = [
    {},
    { FORCE_COLOR: "1" },
    { FORCE_COLOR: "0" },
    { NO_COLOR: "1", FORCE_COLOR: "1" },
  ];
  const outcomes = await Promise.all(envs.map((env) => check(args, { env: env ?? {} })));
  expect(outcomes.map(({ stderr }) => stderr.includes("\x1b[32m✓\x1b[39m"))).toEqual([
    false,
    true,
    false,
    true,
  ]);
  expect(outcomes.some(({ stderr }) => stderr.includes("\r"))).toBe(false);
});
