import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { Sandbox } from "./sandbox.ts";

test.each([
  ["an exception", `throw new TypeError("made up")`],
  ["a rejection", `Promise.reject(new TypeError("made up"))`],
])(
  "%s that is not caught is an internal error: exit code 4, a stack, and no file left behind",
  async (_what, mistake) => {
    using sandbox = new Sandbox();
    // It happens while put has a temporary folder, and waits for its body.
    const script = `require("node:fs").watch(process.env.TMPDIR, () => { ${mistake} });`;
    sandbox.write("preload.ts", script);
    const [bun = "", ...main] = sandbox.command;
    await using child = Bun.spawn([bun, "--preload", "./preload.ts", ...main, "put", "-k", "a"], {
      cwd: sandbox.cwd,
      env: sandbox.env,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "pipe",
    });
    expect(await new Response(child.stderr).text()).toStartWith(
      "cacheprogw: internal error (a bug in cacheprogw): TypeError: made up\n    at ",
    );
    await child.exited;
    expect(child.exitCode).toBe(4);
    expect(readdirSync(sandbox.tmp)).toEqual([]);
  },
);

test.each([
  ["run", ["run", "-i", "in", "--", "true"], "globalThis.setImmediate = () => {};"],
  ["every other command", ["checks"], 'require("node:fs").write = () => {};'],
])(
  "%s never ends with 0 because it has run out of work: it's an internal error",
  async (_what, args, mistake) => {
    using sandbox = new Sandbox();
    sandbox.write("in", "input");
    sandbox.write("preload.ts", mistake);
    const [bun = "", ...main] = sandbox.command;
    await using child = Bun.spawn([bun, "--preload", "./preload.ts", ...main, ...args], {
      cwd: sandbox.cwd,
      env: sandbox.env,
      stdin: "ignore",
      stdout: "ignore",
      stderr: "pipe",
    });
    expect(await new Response(child.stderr).text()).toEndWith(
      "cacheprogw: internal error (a bug in cacheprogw): the command waits for something that can't happen anymore\n",
    );
    await child.exited;
    expect(child.exitCode).toBe(4);
    expect(readdirSync(sandbox.tmp)).toEqual([]);
  },
);
