import { expect, test } from "bun:test";
import { OnTerminal } from "../on-terminal.ts";
import { Sandbox } from "../sandbox.ts";
import { writeSteps } from "./steps.ts";

const red = "\x1b[31mred\x1b[0m";
/** Prints red if FORCE_COLOR says so. */
const command = `if [ "$FORCE_COLOR" = 1 ]; then printf '\\033[31mred\\033[0m\\n'; else echo plain; fi`;

async function onTerminal(sandbox: Sandbox, args: string[], env = {}): Promise<string> {
  await using terminal = new OnTerminal(sandbox, ["run", ...args], env);
  await terminal.ended();
  return terminal.seen;
}

test("commands print colours if that goes to a terminal, and a hit prints them to a terminal alone", async () => {
  using sandbox = new Sandbox();
  writeSteps(sandbox, { a: { command } });
  expect(await onTerminal(sandbox, ["a"])).toContain(`${red}\r\n`);
  expect(await onTerminal(sandbox, ["a"])).toContain(`${red}\r\ncacheprogw: a: hit`);
  expect((await sandbox.run(["run", "a"])).stdout.toString()).toBe("red\n");
  const forced = await sandbox.run(["run", "a"], { env: { FORCE_COLOR: "1" } });
  expect(forced.stdout.toString()).toBe(`${red}\n`);
});

test("the user's choice is respected, and that of a step whose result depends on it", async () => {
  using sandbox = new Sandbox();
  writeSteps(sandbox, { a: { command }, b: { command: `${command} `, env: ["FORCE_COLOR"] } });
  for (const env of [{ NO_COLOR: "1" }, { FORCE_COLOR: "0" }, { TERM: "dumb" }])
    expect(await onTerminal(sandbox, ["a", "--force"], env)).toContain("plain\r\n");
  expect(await onTerminal(sandbox, ["b"])).toContain("plain\r\n");
  expect((await sandbox.run(["run", "a", "--force"])).stdout.toString()).toBe("plain\n");
});

test("a hit passes on bytes that aren't text as they are", async () => {
  using sandbox = new Sandbox();
  const bytes = Uint8Array.of(0x1b, 0x5b, 0x33, 0x31, 0x6d, 0xff);
  sandbox.write("in", bytes);
  const run = ["run", "-i", "in", "--", "cat", "in"];
  await sandbox.run(run);
  expect((await sandbox.run(run)).stdout).toEqual(Buffer.from(bytes));
});

test("the passing line never mixes with output", async () => {
  using sandbox = new Sandbox();
  const steps = ["a", "b", "c", "d"].map((name) => [
    name,
    { command: `for i in 1 2 3; do echo ${name}$i; done` },
  ]);
  writeSteps(sandbox, Object.fromEntries(steps));
  const seen = await onTerminal(sandbox, ["a", "b", "c", "d"], { NO_COLOR: "1" });
  expect(seen).toContain("of 4 steps; running: ");
  // What stays of each line, once what was erased is gone.
  const lines = seen.split("\r\n").map((line) => line.split("\r\x1b[K").at(-1));
  for (const line of lines) expect(line).toMatch(/^(|[a-d] │ [a-d][123]|cacheprogw: [a-d]: .*)$/);
  expect(lines.filter((line) => line?.includes("│"))).toHaveLength(12);
});
