import { describe, expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkLeftProcesses, guardEachTest, temporaryDirectory } from "./guard.ts";
import { ended, isAlive, kill, leftProcesses } from "./processes.ts";

guardEachTest();
const directory = temporaryDirectory();

/** Runs a test file with one guarded test, which fails only because of what it leaves behind. */
async function guarded(body: string): Promise<{ code: number; output: string }> {
  const path = join(directory, "left.test.ts");
  const from = JSON.stringify(join(import.meta.dir, "guard.ts"));
  writeFileSync(
    path,
    `import { test } from "bun:test";
     import { openSync } from "node:fs";
     import { open } from "node:fs/promises";
     import { guardEachTest } from ${from};
     guardEachTest();
     test("leaves", async () => { ${body} });`,
  );
  const child = Bun.spawn([process.execPath, "test", path], {
    cwd: directory,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, output: stdout + stderr };
}

describe.if(existsSync("/proc/self/stat"))("guardEachTest (needs /proc)", () => {
  test("passes a test that leaves nothing", async () => {
    expect(await guarded(`await Bun.spawn(["true"]).exited;`)).toMatchObject({ code: 0 });
  });

  test.each([
    ["a process", `Bun.spawn(["sleep", "1000"]);`, "the test left processes"],
    [
      "the child of a process that has ended",
      `await Bun.spawn(["sh", "-c", "sleep 1000 >/dev/null 2>&1 &"], { env: process.env }).exited;`,
      "the test left processes",
    ],
    ["an open file", `openSync(import.meta.path, "r");`, "the test left open files"],
    [
      "a file that the garbage collector would close",
      `await open(import.meta.path);`,
      "the test left open files",
    ],
    ["an unhandled rejection", `Promise.reject(new Error("nobody cares"));`, "nobody cares"],
  ])("fails a test that leaves %s", async (_, body, message) => {
    const { code, output } = await guarded(body);
    expect(output).toContain(message);
    expect(code).not.toBe(0);
  });

  test("finds a zombie", async () => {
    const child = Bun.spawn(["sh", "-c", "exit 3"]);
    expect(leftProcesses().map(({ pid }) => pid)).toEqual([child.pid]);
    await child.exited;
    expect(leftProcesses()).toEqual([]);
  });

  test("kills what was left, so the next test starts clean", async () => {
    const child = Bun.spawn(["sleep", "1000"]);
    expect(() => checkLeftProcesses()).toThrow(`the test left processes: ${child.pid} sleep 1000`);
    await child.exited;
    expect(isAlive(child.pid)).toBe(false);
  });

  test("sees the end of a process that isn't our child", async () => {
    const { stdout } = Bun.spawnSync(["sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!"]);
    const pid = Number(stdout.toString());
    expect(isAlive(pid)).toBe(true);
    await kill(pid);
    await ended(pid);
    expect(leftProcesses()).toEqual([]);
  });
});
