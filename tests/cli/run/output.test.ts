import { describe, expect, test } from "bun:test";
import { Sandbox } from "../sandbox.ts";
import { said, writeSteps } from "./steps.ts";

const bytes = Buffer.concat([Buffer.from("one\r\n"), Uint8Array.of(0x78, 0xff, 0xc3), Buffer.from("\npart")]);

describe("one step's output is passed on as it is,", () => {
  test("byte for byte, when it runs and when it's a hit; stdout and stderr are kept apart", async () => {
    using sandbox = new Sandbox();
    sandbox.write("in", bytes);
    const run = ["run", "-i", "in", "--", "sh", "-c", "cat in; echo error >&2"];
    for (const end of ["done in TIME, stored", "hit, outputs in place (saved TIME)"]) {
      const { stdout, stderr } = await sandbox.run(run);
      expect(stdout).toEqual(bytes);
      expect(said(stderr)).toEndWith(`error\ncacheprogw: sh: ${end}\n`);
    }
  });

  test("and our own lines begin on a line of their own", async () => {
    using sandbox = new Sandbox();
    sandbox.write("in", "");
    const { stderr } = await sandbox.run(["run", "-i", "in", "--", "sh", "-c", "printf part >&2"]);
    expect(said(stderr)).toEndWith("here before\npart\ncacheprogw: sh: done in TIME, stored\n");
  });
});

describe("of several steps,", () => {
  test("each line begins with the name of its step, and its bytes stay as they are", async () => {
    using sandbox = new Sandbox();
    writeSteps(sandbox, { a: { command: "cat bytes" }, b: { command: "cat bytes >&2" } });
    sandbox.write("bytes", bytes);
    const { stdout, stderr } = await sandbox.run(["run", "a", "b"]);
    const wanted = [Buffer.from("a │ one\r\na │ x"), bytes.subarray(6, 8), Buffer.from("\na │ part\n")];
    expect(stdout).toEqual(Buffer.concat(wanted));
    const errors = stderr.split("\n").filter((line) => line.startsWith("b │"));
    expect(errors).toEqual(["b │ one\r", "b │ x\ufffd\ufffd", "b │ part"]);
  });

  test("lines stay whole however they arrive, and progress that rewrites its line keeps the name", async () => {
    using sandbox = new Sandbox();
    Bun.spawnSync(["mkfifo", `${sandbox.cwd}/turn`]);
    writeSteps(sandbox, {
      // The line of slow ends after all of quick was printed.
      slow: { command: "printf 'beg'; cat turn; echo un" },
      quick: { command: "printf '10%%\\r20%%\\n'; echo > turn", inputs: [] },
    });
    const { stdout } = await sandbox.run(["run", "slow", "quick", "--jobs=2"]);
    expect(stdout.toString().split("\n").sort()).toEqual([
      "",
      "quick │ 10%\rquick │ 20%",
      "slow │ beg",
      "slow │ un",
    ]);
  });
});

test("a reader of stdout that goes away doesn't stop the build", async () => {
  using sandbox = new Sandbox();
  sandbox.write("in", "");
  const { command, cwd, env } = sandbox;
  const run = [
    ...command,
    "run",
    "-i",
    "in",
    "-o",
    "out",
    "--",
    "sh",
    "-c",
    "yes | head -c 1000000; echo done > out",
  ];
  const child = Bun.spawn(["sh", "-c", '"$@" | head -1', "sh", ...run], {
    cwd,
    env,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  expect([stdout, said(stderr)]).toEqual([
    "y\n",
    "cacheprogw: sh: miss: it hasn't run here before\ncacheprogw: sh: done in TIME, stored\n",
  ]);
  expect(sandbox.read("out").toString()).toBe("done\n");
});

describe("hostile text", () => {
  test("in names of files doesn't reach a terminal or a CI system from our lines", async () => {
    using sandbox = new Sandbox();
    sandbox.write("a\x1b[2J\n::error::x", "");
    await sandbox.run(["run", "-i", "a*", "--", "true"]);
    sandbox.write("a\x1b[2J\n::error::x", "changed");
    const run = await sandbox.run(["run", "--explain", "-i", "a*", "-i", "::error::y", "--", "true"]);
    expect(run.stderr).not.toContain("\x1b");
    expect(run.stderr).not.toMatch(/^\s*::/m);
    expect(run.stderr).toContain("a\\x1b[2J ::error::x changed\n");
  });

  test("that a command prints is its own: a run and a hit pass on its CI commands", async () => {
    using sandbox = new Sandbox();
    sandbox.write("in", "");
    const run = ["run", "-i", "in", "--", "echo", "::warning::unused"];
    await sandbox.run(run);
    expect((await sandbox.run(run)).stdout.toString()).toBe("::warning::unused\n");
  });
});
