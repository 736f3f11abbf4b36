import { describe, expect, test } from "bun:test";
import { type StepOptions, stepDefinition } from "../../../src/step/definition.ts";
import { howItFailed, runWork, type WorkEnd } from "../../../src/step/process/work.ts";

/** Does the work of a step. Returns how it ended, how that's told, and what it printed. */
async function work(
  what: Pick<StepOptions, "command" | "run">,
): Promise<{ end: WorkEnd; told: string; output: string }> {
  const definition = stepDefinition({ name: "x", inputs: [], outputs: [], ...what }, { directory: "/" });
  let output = "";
  const end = await runWork(definition, {
    env: process.env,
    signal: new AbortController().signal,
    onOutput: (stream, bytes) => {
      output += `${stream}:${Buffer.from(bytes)}`;
    },
  });
  return { end, told: howItFailed(end), output };
}

describe("the work of a step", () => {
  test("is a command for the shell, or a program with its arguments, in the step's directory", async () => {
    const end = { kind: "done", isCut: false };
    expect(await work({ command: "pwd; exit 0" })).toMatchObject({ end, output: "1:/\n" });
    expect(await work({ command: ["pwd"] })).toMatchObject({ end, output: "1:/\n", told: "succeeded" });
  });

  test("is a function, which gets the directory and a signal", async () => {
    let got: unknown;
    const { end } = await work({ run: (context) => (got = context) });
    expect(end).toEqual({ kind: "done", isCut: false });
    expect(got).toEqual({ cwd: "/", signal: expect.any(AbortSignal) });
  });

  test.each([
    ["a function that throws", { run: () => Promise.reject(new Error("no input")) }, "failed: no input"],
    ["an exit code", { command: "exit 7" }, "failed with exit code 7"],
    ["a signal", { command: "kill -TERM $$" }, "was killed by SIGTERM"],
    ["a program that doesn't exist", { command: ["no-such-program"] }, "can't be started: "],
  ])("fails with %s", async (_, what, told) => {
    const outcome = await work(what);
    expect(outcome.end.kind).not.toBe("done");
    expect(outcome.told).toStartWith(told);
  });
});
