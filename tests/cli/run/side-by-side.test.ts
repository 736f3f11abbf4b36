import { expect, test } from "bun:test";
import { join } from "node:path";
import { Sandbox } from "../sandbox.ts";
import { writeSteps } from "./steps.ts";

/** A step that says on stderr that it runs, and goes on once something is written to the FIFO "go". */
const step = {
  command: "echo running >&2; echo half > out; cat go > /dev/null; cat in in > out",
  outputs: ["out"],
};

function withSteps(): Sandbox {
  const sandbox = new Sandbox();
  Bun.spawnSync(["mkfifo", join(sandbox.cwd, "go")]);
  writeSteps(sandbox, { build: step, other: { command: "true" } });
  return sandbox;
}

const waiting = "cacheprogw: build: waiting for another run of it, which hasn't ended yet\n";

test("a second run of a step waits for the first one, and is a hit then", async () => {
  using sandbox = withSteps();
  await using first = sandbox.start(["run", "build"]);
  await first.said("running\n");
  await using second = sandbox.start(["run", "build"]);
  await second.said(waiting);
  // Another step doesn't wait.
  expect(await sandbox.run(["run", "other"])).toMatchObject({ code: 0 });
  await Bun.$`echo > ${join(sandbox.cwd, "go")}`.nothrow();
  expect(await first.ended()).toMatchObject({ code: 0, stderr: expect.stringContaining("stored") });
  const { code, stderr } = await second.ended();
  expect([code, stderr]).toEqual([0, expect.stringContaining("build: hit, outputs in place")]);
  expect(sandbox.read("out").toString()).toBe("input\ninput\n");
});

test("a run that wants to restore waits, too", async () => {
  using sandbox = withSteps();
  const go = () => Bun.$`echo > ${join(sandbox.cwd, "go")}`;
  await using first = sandbox.start(["run", "build"]);
  await go();
  await first.ended();
  await using forced = sandbox.start(["run", "build", "--force"]);
  await forced.said("running\n");
  await using hit = sandbox.start(["run", "build"]);
  await hit.said(waiting);
  await go();
  await forced.ended();
  expect((await hit.ended()).stderr).toContain("build: hit, outputs in place");
});

test("Ctrl-C ends the wait; a run that was killed leaves no lock", async () => {
  using sandbox = withSteps();
  await using first = sandbox.start(["run", "build"]);
  await first.said("running\n");
  await using second = sandbox.start(["run", "build"]);
  await second.said(waiting);
  second.child.kill("SIGINT");
  expect(await second.ended()).toMatchObject({ code: 130 });
  first.child.kill("SIGKILL");
  await first.child.exited;
  // Its command has lost whom it printed for; let it end.
  await Bun.$`echo > ${join(sandbox.cwd, "go")}`;
  await using third = sandbox.start(["run", "build"]);
  await third.said("running\n");
  await Bun.$`echo > ${join(sandbox.cwd, "go")}`;
  const { code, stderr } = await third.ended();
  expect([code, stderr]).toEqual([0, expect.not.stringContaining("waiting")]);
});

test("a command that runs its own step is an error, not an endless wait", async () => {
  using sandbox = new Sandbox();
  const command = [...sandbox.command, "run", "b"];
  writeSteps(sandbox, { a: { command }, b: { command: [...command.slice(0, -1), "a"] } });
  const { code, stderr } = await sandbox.run(["run", "a"]);
  expect(code).toBe(2);
  expect(stderr).toContain('step "a" is run by its own command');
});
