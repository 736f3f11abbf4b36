import { describe, expect, test } from "bun:test";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FolderWatch } from "../../../src/step/input-watch.ts";
import { Sandbox } from "../sandbox.ts";

/** A sandbox with one input, and a watched command that prints its inputs to stderr. */
function watched(...args: readonly string[]) {
  const sandbox = new Sandbox();
  mkdirSync(join(sandbox.cwd, "src"));
  sandbox.write("src/a.ts", "first\n");
  const show = "mkdir -p dist; cat $(find src -name '*.ts' | sort) | tee dist/all >&2";
  const words = args.length > 0 ? args : ["-i", "src", "-o", "dist", "-n", "show", "--", "sh", "-c", show];
  return { sandbox, running: sandbox.start(["run", "--watch", ...words]) };
}

describe("run --watch", () => {
  test("runs the command again after a change, and ends with Ctrl-C", async () => {
    const { sandbox, running } = watched();
    using _ = sandbox;
    await using run = running;
    await run.said("first\n");
    await run.said("waiting for changes");
    sandbox.write("src/a.ts", "second\n");
    await run.said("show: miss: src/a.ts changed\nsecond\n");
    await run.said("show: done in");
    // An editor that writes a new file and renames it.
    sandbox.write("src/.a.ts.tmp", "third\n");
    renameSync(join(sandbox.cwd, "src/.a.ts.tmp"), join(sandbox.cwd, "src/a.ts"));
    await run.said("third\ncacheprogw: show: done in");
    run.child.kill("SIGINT");
    const { code, stderr } = await run.ended();
    expect(code).toBe(130);
    // Its own outputs don't cause a run.
    expect(stderr.match(/show: done in/g)?.length).toBe(3);
  });

  test("sees files in new folders", async () => {
    const { sandbox, running } = watched();
    using _ = sandbox;
    await using run = running;
    await run.said("waiting for changes");
    mkdirSync(join(sandbox.cwd, "src/new/deep"), { recursive: true });
    writeFileSync(join(sandbox.cwd, "src/new/deep/b.ts"), "deep\n");
    await run.said("first\ndeep\n");
    writeFileSync(join(sandbox.cwd, "src/new/deep/b.ts"), "deeper\n");
    await run.said("first\ndeeper\n");
  });

  test("goes on after a command that fails, and says nothing of a change that changes nothing", async () => {
    const { sandbox, running } = watched(
      "-i",
      "src",
      "-n",
      "check",
      "--",
      "sh",
      "-c",
      "cat src/a.ts >&2; ! grep -q bad src/a.ts",
    );
    using _ = sandbox;
    await using run = running;
    await run.said("check: done in");
    sandbox.write("src/a.ts", "bad\n");
    await run.said("check: failed with exit code 1");
    // What it was: a hit, of which nothing is said.
    sandbox.write("src/a.ts", "first\n");
    sandbox.write("src/a.ts", "good\n");
    await run.said("good\n");
    run.child.kill("SIGTERM");
    const { code, stderr } = await run.ended();
    expect(code).toBe(143);
    expect(stderr).not.toContain("hit");
  });

  test("runs a command that fails once for each change, whatever it writes", async () => {
    const { sandbox, running } = watched(
      ...["-i", "src", "-o", "made", "-n", "fail", "--", "sh", "-c"],
      "cat src/a.ts >&2; rm -f made; date > made; exit 1",
    );
    using _ = sandbox;
    await using run = running;
    using watch = new FolderWatch();
    watch.set(new Set([sandbox.cwd]));
    await run.said("waiting for changes");
    // It sees these changes, too, as it sees what the command wrote.
    for (const text of ["1", "2", "3"]) {
      sandbox.write("other", text);
      await watch.changed();
    }
    sandbox.write("src/a.ts", "second\n");
    await run.said("second\ncacheprogw: fail: failed");
    run.child.kill("SIGINT");
    expect((await run.ended()).stderr.match(/failed with/g)?.length).toBe(2);
  });

  test("reports a malformed package.json and waits until it's right again", async () => {
    const sandbox = new Sandbox();
    using _ = sandbox;
    const file = (text: string) => ({
      cacheprogw: { steps: { say: { command: `echo ${text} >&2`, inputs: [], outputs: [] } } },
    });
    sandbox.write("package.json", JSON.stringify(file("one")));
    await using run = sandbox.start(["run", "-w", "say"]);
    await run.said("one\n");
    await run.said("waiting for changes");
    sandbox.write("package.json", "{");
    await run.said("cacheprogw: package.json");
    using watch = new FolderWatch();
    watch.set(new Set([sandbox.cwd]));
    // It sees these changes, too: the line may itself go to a file here.
    for (const text of ["1", "2", "3"]) {
      sandbox.write("log", text);
      await watch.changed();
    }
    sandbox.write("package.json", JSON.stringify(file("two")));
    await run.said("two\n");
    run.child.kill("SIGINT");
    expect((await run.ended()).stderr.match(/isn't JSON/g)?.length).toBe(1);
  });
});

test("a program that can't be started is a cache that fails", async () => {
  using sandbox = new Sandbox();
  mkdirSync(join(sandbox.cwd, "src"));
  const args = ["run", "-i", "src", "-o", "out", "--", "sh", "-c", "mkdir out; touch out/x"];
  const env = { GOCACHEPROG: "/no/such/program" };
  const { code, stderr } = await sandbox.run(args, { env });
  expect(stderr).toContain("going on without the cache: can't start the cache program /no/such/program");
  expect(code).toBe(0);
  const required = await sandbox.run(["run", "--require-cache", ...args.slice(1)], { env });
  expect(required.code).toBe(3);
});
