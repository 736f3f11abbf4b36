import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Sandbox } from "../sandbox.ts";
import { said, writeSteps } from "./steps.ts";

const copy = ["-i", "in", "-o", "out", "--", "sh", "-c", "cp in out; echo copied"];

describe("a command after --", () => {
  test("runs once; then it's a hit, which restores its outputs and prints again what it printed", async () => {
    using sandbox = new Sandbox();
    sandbox.write("in", "input\n");
    const first = await sandbox.run(["run", ...copy]);
    expect([first.code, first.stdout.toString(), said(first.stderr)]).toEqual([
      0,
      "copied\n",
      "cacheprogw: sh: miss: it hasn't run here before\ncacheprogw: sh: done in TIME, stored\n",
    ]);
    sandbox.write("out", "wrong");
    const again = await sandbox.run(["run", ...copy]);
    expect([again.code, again.stdout.toString(), said(again.stderr)]).toEqual([
      0,
      "copied\n",
      "cacheprogw: sh: hit, 1 file restored (saved TIME)\n",
    ]);
    expect(sandbox.read("out").toString()).toBe("input\n");
  });

  test("says what changed: one change, or with --explain all of them", async () => {
    using sandbox = new Sandbox();
    sandbox.write("in", "input\n");
    await sandbox.run(["run", ...copy]);
    sandbox.write("in", "other\n");
    const options = ["run", "--dry-run", "--version", "2", "-e", "MODE", "-i", "in", "-o", "out", "--", "sh"];
    expect((await sandbox.run(options)).stderr).toBe(
      "cacheprogw: sh: miss: the command changed, and 3 more changes (--explain lists all)\n",
    );
    expect((await sandbox.run(["run", "--explain", ...options.slice(1)])).stderr).toBe(
      "cacheprogw: sh: miss:\n  the command changed\n  its version changed\n  MODE is declared now\n  in changed\n",
    );
    expect(sandbox.read("out").toString()).toBe("input\n");
  });

  test("runs again with --force, and with another value of a variable of --env", async () => {
    using sandbox = new Sandbox();
    sandbox.write("in", "input\n");
    const run = ["run", "-e", "MODE", "-n", "named", ...copy];
    await sandbox.run(run);
    expect((await sandbox.run(["run", "--force", ...run.slice(1)])).stderr).toStartWith(
      "cacheprogw: named: miss: it was forced\n",
    );
    expect((await sandbox.run(run, { env: { MODE: "x" } })).stderr).toStartWith(
      "cacheprogw: named: miss: MODE changed\n",
    );
    expect((await sandbox.run(run)).stderr).toStartWith("cacheprogw: named: hit");
  });

  test("shares results with another platform only with --any-platform", async () => {
    using sandbox = new Sandbox();
    sandbox.write("in", "input\n");
    const key = async (...options: string[]) => {
      const { stdout } = await sandbox.run(["run", "--dry-run", "--json", ...options, ...copy]);
      return JSON.parse(stdout.toString()).steps[0].key;
    };
    expect(await key("--any-platform")).not.toBe(await key());
  });

  test("with --isolate finds an input that isn't declared, and leaves no copy", async () => {
    using sandbox = new Sandbox();
    sandbox.write("in", "input\n");
    sandbox.write("secret", "not declared\n");
    const run = ["-i", "in", "-o", "out", "--", "sh", "-c", "cat in secret > out"];
    expect(await sandbox.run(["run", ...run])).toMatchObject({ code: 0 });
    expect(await sandbox.run(["run", "--isolate", "--force", ...run])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("secret"),
    });
  });

  test("is started with the exit code of a shell", async () => {
    using sandbox = new Sandbox();
    sandbox.write("in", "input\n");
    const code = async (...command: string[]) =>
      (await sandbox.run(["run", "-i", "in", "--", ...command])).code;
    expect(await code("sh", "-c", "exit 7")).toBe(7);
    expect(await code("sh", "-c", "kill -KILL $$")).toBe(137);
    expect(await code("./no-such-program")).toBe(127);
  });
});

describe("steps of package.json", () => {
  test("run after those they depend on; --json has one line about all, and commands print to stderr", async () => {
    using sandbox = new Sandbox();
    writeSteps(sandbox, {
      gen: { command: "echo generated; cp in gen", outputs: ["gen"] },
      build: { command: "cat gen > out", outputs: ["out"], dependsOn: ["gen"] },
    });
    const { code, stdout, stderr } = await sandbox.run(["run", "build", "--json", "--summary"]);
    expect(code).toBe(0);
    expect(stdout.toString()).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(stdout.toString())).toMatchObject({
      steps: [
        { id: ":gen", status: "ran", stored: true },
        { id: ":build", status: "ran", stored: true },
      ],
      skipped: [],
    });
    expect(stderr).toContain("gen │ generated\n");
    expect(said(stderr)).toEndWith("cacheprogw: 2 steps: 0 hits, 2 ran; took TIME, saved TIME\n");
  });

  test("print one line each with --quiet-hits, if they are hits", async () => {
    using sandbox = new Sandbox();
    writeSteps(sandbox, { a: { command: "echo printed" } });
    expect((await sandbox.run(["run", "a", "--quiet-hits"])).stdout.toString()).toBe("printed\n");
    const { stdout, stderr } = await sandbox.run(["run", "a", "--quiet-hits"]);
    expect([stdout.length, said(stderr)]).toEqual([0, "cacheprogw: a: hit, outputs in place (saved TIME)\n"]);
  });

  test("stop after a failure, whose exit code is that of the run; --keep-going runs the others", async () => {
    using sandbox = new Sandbox();
    writeSteps(sandbox, {
      bad: { command: "exit 9" },
      after: { command: "true", dependsOn: ["bad"] },
      other: { command: "echo other" },
    });
    const run = ["run", "bad", "after", "other", "--jobs", "1"];
    const stopped = await sandbox.run(run);
    expect([stopped.code, said(stopped.stderr)]).toEqual([
      9,
      "cacheprogw: bad: miss: it hasn't run here before\ncacheprogw: bad: failed with exit code 9\n" +
        "cacheprogw: after: skipped, because bad failed\ncacheprogw: other: skipped, because bad failed\n",
    ]);
    const on = await sandbox.run([...run, "--keep-going"]);
    expect([on.code, on.stdout.toString()]).toEqual([9, "other │ other\n"]);
  });

  test("run at most --jobs at once", async () => {
    using sandbox = new Sandbox();
    Bun.spawnSync(["mkfifo", join(sandbox.cwd, "pipe")]);
    writeSteps(sandbox, {
      // These wait for each other.
      reader: { command: "cat pipe" },
      writer: { command: "echo met > pipe" },
      // The second one fails while the first one runs.
      one: { command: "mkdir alone && rmdir alone" },
      other: { command: "mkdir alone && rmdir alone", version: "2" },
    });
    const { stdout } = await sandbox.run(["run", "reader", "writer", "--jobs=2"]);
    expect(stdout.toString()).toBe("reader │ met\n");
    expect(await sandbox.run(["run", "one", "other", "--jobs=1"])).toMatchObject({ code: 0 });
  });

  test("are found from a folder within the package, and run in the package's folder", async () => {
    using sandbox = new Sandbox();
    writeSteps(sandbox, { where: { command: "pwd > out", outputs: ["out"] } });
    mkdirSync(join(sandbox.cwd, "src"));
    const child = Bun.spawn([...sandbox.command, "run", "where"], {
      cwd: join(sandbox.cwd, "src"),
      env: sandbox.env,
      stdio: ["ignore", "ignore", "ignore"],
    });
    await child.exited;
    expect(sandbox.read("out").toString()).toBe(`${sandbox.cwd}\n`);
  });
});

test.each([
  [[], "no step and no command; expected NAME, or -- COMMAND with --input; the package.json has: a"],
  [["a", "-o", "out"], "option --output is for a command after --; a step of package.json has its own"],
  [["a", "--", "true"], "both a step of package.json (a) and a command after --; expected one of them"],
  [["--", "true"], "no --input; expected what the command reads"],
  [["-i", "in", "--"], "no command after --"],
  [["-i", "/etc/passwd", "--", "true"], "expected a pattern relative to the step's directory"],
  [["-i", "in", "-o", "../out", "--", "true"], "an output is in the step's directory"],
  [["a", "--jobs", "0"], 'option --jobs is "0"; expected a whole number above 0'],
  [["b"], `can't run "b": package.json has no step "b". Did you mean "a"?`],
  [["a", "--timeout", "0"], "option --timeout"],
  [["loop"], "circle"],
])("%j is a usage error, and nothing runs", async (args, message) => {
  using sandbox = new Sandbox();
  writeSteps(sandbox, {
    a: { command: "touch ran" },
    ...(args[0] === "loop" ? { loop: { command: "true", dependsOn: ["loop"] } } : {}),
  });
  const { code, stderr } = await sandbox.run(["run", ...args]);
  expect(stderr).toContain(message);
  expect(code).toBe(2);
  expect(readdirSync(sandbox.cwd).sort()).toEqual(["in", "package.json"]);
});

test("inputs that can't be read are an error of the files: exit code 3", async () => {
  using sandbox = new Sandbox();
  Bun.spawnSync(["sh", "-c", 'touch "$(printf "bad\\377")"'], { cwd: sandbox.cwd });
  const { code, stderr } = await sandbox.run(["run", "-i", ".", "--", "true"]);
  expect(code).toBe(3);
  expect(stderr).toContain("isn't valid UTF-8");
});
