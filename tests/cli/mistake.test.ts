import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { Sandbox } from "./sandbox.ts";

test.each([
  ["an exception", `throw new TypeError("made up")`],
  ["a rejection", `Promise.reject(new TypeError("made up"))`],
])(
  "%s that nobody caught is a mistake of cacheprogw: exit code 4, with a stack, and nothing left",
  async (_what, mistake) => {
    using sandbox = new Sandbox();
    // It happens when put has a folder for its body, and waits for that.
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
