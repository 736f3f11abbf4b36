import { describe, expect, test } from "bun:test";
import { type CommandEnd, exitCodeOf, pathOf, runCommand } from "../../../src/step/process/run-command.ts";

interface Run {
  readonly end: CommandEnd;
  readonly out: string;
  readonly err: string;
}

/** Runs a shell script. `onOutput` gets what it prints, as text. */
async function sh(script: string, onOutput?: (text: string) => void, signal?: AbortSignal): Promise<Run> {
  const texts = { 1: "", 2: "" };
  const end = await runCommand({
    argv: ["sh", "-c", script],
    cwd: "/",
    env: process.env,
    signal,
    onOutput: (stream, bytes) => {
      const text = Buffer.from(bytes).toString();
      texts[stream] += text;
      onOutput?.(text);
    },
  });
  return { end, out: texts[1], err: texts[2] };
}

describe("runCommand", () => {
  test("passes on both streams, and returns the exit code", async () => {
    expect(await sh("echo out; echo err >&2; exit 7")).toEqual({
      end: { kind: "exited", code: 7, isCut: false },
      out: "out\n",
      err: "err\n",
    });
  });

  test("passes on output while the command runs", async () => {
    // The command waits for a signal, which is only sent once its first line has arrived.
    const controller = new AbortController();
    const script = 'trap "echo ended; exit 3" TERM; echo begun; while :; do sleep 0.01; done';
    const run = await sh(script, (text) => text.includes("begun") && controller.abort(), controller.signal);
    expect(run).toMatchObject({ end: { kind: "exited", code: 3 }, out: "begun\nended\n" });
  });

  test("gives the command no stdin", async () => {
    expect((await sh("cat; echo $?")).out).toBe("0\n");
  });

  test("reports a command that doesn't exist, and one that a signal ends", async () => {
    const missing = await runCommand({ argv: ["/no/such/command"], cwd: "/", env: {}, onOutput: () => {} });
    expect(missing).toMatchObject({ kind: "not started" });
    expect(exitCodeOf(missing)).toBe(127);
    const { end } = await sh("kill -KILL $$");
    expect(end).toEqual({ kind: "killed", signal: "SIGKILL" });
    expect(exitCodeOf(end)).toBe(137);
  });

  test("passes the signal that the reason of an abort names on to all processes of the command", async () => {
    const controller = new AbortController();
    const child =
      'process.on("SIGHUP", () => { console.log("child"); process.exit(); }); setInterval(() => {}, 1000); console.log("ready")';
    const run = await sh(
      `trap "wait; exit 5" HUP; ${process.execPath} -e '${child}' & wait`,
      (text) => text.includes("ready") && controller.abort(new Error("SIGHUP")),
      controller.signal,
    );
    expect(run).toEqual({ end: { kind: "exited", code: 5, isCut: false }, out: "ready\nchild\n", err: "" });
  });

  test("doesn't wait for a process that stays behind with the pipe", async () => {
    const { end, out } = await sh("sleep 60 & echo $!");
    process.kill(Number(out));
    expect(end).toEqual({ kind: "exited", code: 0, isCut: true });
  });
});

describe("the PATH of a step", () => {
  test("begins with node_modules/.bin of its folder and of those above, up to the root", () => {
    expect(pathOf("/p/packages/lib", "/p", "/usr/bin")).toBe(
      "/p/packages/lib/node_modules/.bin:/p/packages/node_modules/.bin:/p/node_modules/.bin:/usr/bin",
    );
    expect(pathOf("/p", "/p", undefined)).toBe("/p/node_modules/.bin");
    expect(pathOf("/p/x", "/", "/bin")).toBe(
      "/p/x/node_modules/.bin:/p/node_modules/.bin:/node_modules/.bin:/bin",
    );
  });
});
