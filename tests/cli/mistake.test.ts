import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { Sandbox } from "./sandbox.ts";

/**
 * Runs a command with a mistake in it, which must be exit code 4 and leave no file behind.
 *
 * @param mistake a script that runs before the command
 * @param stdin "pipe": open until the command has ended
 * @returns what it wrote to stderr
 */
async function withMistake(args: string[], mistake: string, stdin: "pipe" | "ignore"): Promise<string> {
  using sandbox = new Sandbox();
  sandbox.write("in", "input");
  sandbox.write("preload.ts", mistake);
  const [bun = "", ...main] = sandbox.command;
  await using child = Bun.spawn([bun, "--preload", "./preload.ts", ...main, ...args], {
    cwd: sandbox.cwd,
    env: sandbox.env,
    stdin,
    stdout: "ignore",
    stderr: "pipe",
  });
  const stderr = await new Response(child.stderr).text();
  await child.exited;
  expect(child.exitCode).toBe(4);
  expect(readdirSync(sandbox.tmp)).toEqual([]);
  return stderr;
}

test.each([
  ["an exception", `throw new TypeError("made up")`],
  ["a rejection", `Promise.reject(new TypeError("made up"))`],
])(
  "%s that is not caught is an internal error: exit code 4, a stack, and no file left behind",
  async (_what, mistake) => {
    // It happens while put has a temporary folder, and waits for its body.
    const script = `require("node:fs").watch(process.env.TMPDIR, () => { ${mistake} });`;
    expect(await withMistake(["put", "-k", "a"], script, "pipe")).toStartWith(
      "cacheprogw: internal error (a bug in cacheprogw): TypeError: made up\n    at ",
    );
  },
);

test.each([
  ["run", ["run", "-i", "in", "--", "true"], "globalThis.setImmediate = () => {};"],
  ["every other command", ["checks"], 'require("node:fs").write = () => {};'],
])(
  "%s never ends with 0 because it has run out of work: it's an internal error",
  async (_what, args, mistake) => {
    expect(await withMistake(args, mistake, "ignore")).toEndWith(
      "cacheprogw: internal error (a bug in cacheprogw): the command waits for something that can't happen anymore\n",
    );
  },
);
