import { expect, test } from "bun:test";
import { readdirSync, watch } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { type Outcome, Running } from "../running.ts";
import { Sandbox, scripted } from "../sandbox.ts";

/*
 * Signals to cacheprogw alone, as from kill or a CI system; terminal.test.ts has Ctrl-C, which reaches the program too.
 * Running.ended() checks that no program and no temporary file is left.
 */
const signals = [
  ["SIGHUP", 129],
  ["SIGINT", 130],
  ["SIGQUIT", 131],
  ["SIGTERM", 143],
] as const;

/**
 * Sends a signal and waits for the exit, which must come by itself: a program that ignores the signal is killed after a
 * second, and a cacheprogw that is stuck exits after three.
 *
 * @param most the longest it may take, in ms
 */
async function ended(running: Running, signal: NodeJS.Signals, most = 2_500): Promise<Outcome> {
  const sent = performance.now();
  running.child.kill(signal);
  const outcome = await running.ended();
  expect(performance.now() - sent).toBeLessThan(most);
  return outcome;
}

/** A busy machine may delay an exit; an exit that comes too late for another reason does so each time. */
const again = { retry: 4 };

/** Waits until the folder isn't empty. */
async function made(folder: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const watcher = watch(folder, () => resolve());
  if (readdirSync(folder).length === 0) await promise;
  watcher.close();
}

/** A program that ignores SIGTERM, and reports it. */
const deaf = `
  process.on("SIGTERM", () => log("the program was told to end"));
  setInterval(() => {}, 1e6);
  hello();
  process.stdin.once("data", () => log("the program was asked"));
  await new Promise(() => {});
`;

test.each(signals)(
  "%s ends a put that is waiting for its body on stdin",
  async (signal, code) => {
    using sandbox = new Sandbox();
    await using put = sandbox.start(["put", "-k", "a", ...scripted(`log("started")`)]);
    put.write("the beginning of a body");
    await made(sandbox.tmp);
    expect(await ended(put, signal)).toMatchObject({ code, stderr: "" });
  },
  again,
);

test.each(signals)(
  "%s ends a put whose body is a pipe without a writer",
  async (signal, code) => {
    using sandbox = new Sandbox();
    Bun.spawnSync(["mkfifo", join(sandbox.cwd, "pipe")]);
    await using put = sandbox.start(["put", "-k", "a", "pipe", ...scripted(`log("started")`)]);
    await made(sandbox.tmp);
    expect(await ended(put, signal)).toMatchObject({ code, stderr: "" });
  },
  again,
);

test.each(signals)(
  "%s ends the wait for a program that never says hello",
  async (signal, code) => {
    using sandbox = new Sandbox();
    await using info = sandbox.start(["info", ...scripted(`log("up"); hang()`)]);
    await info.said("up");
    expect(await ended(info, signal)).toMatchObject({ code, stderr: "up\n" });
  },
  again,
);

test.each(signals)(
  "%s ends the wait for an answer, and the program with SIGTERM",
  async (signal, code) => {
    using sandbox = new Sandbox();
    const program = scripted(`
    process.on("SIGTERM", () => { log("the program was told to end"); process.exit() });
    hello();
    process.stdin.once("data", () => log("the program was asked"));
    await new Promise(() => {});
  `);
    await using get = sandbox.start(["get", "-k", "a", ...program]);
    await get.said("asked");
    expect(await ended(get, signal)).toMatchObject({
      code,
      stderr: "the program was asked\nthe program was told to end\n",
    });
  },
  again,
);

test.each(signals)(
  "%s ends a check, and leaves no program and no sandbox",
  async (signal, code) => {
    using sandbox = new Sandbox();
    const program = scripted(
      `log("up " + process.pid); setInterval(() => {}, 1e6); await new Promise(() => {});`,
    );
    await using check = sandbox.start(["check", "handshake/hello", ...program]);
    await made(sandbox.tmp);
    expect(await ended(check, signal)).toMatchObject({ code });
  },
  again,
);

test.skipIf(process.platform !== "linux")("SIGHUP is ignored under nohup", async () => {
  using sandbox = new Sandbox();
  const child = Bun.spawn(["nohup", ...sandbox.command, "put", "-k", "a"], {
    cwd: sandbox.cwd,
    env: sandbox.env,
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  await using put = new Running(child, sandbox.tmp);
  put.write("a ");
  await made(sandbox.tmp);
  child.kill("SIGHUP");
  put.write("body");
  put.endStdin();
  expect(await put.ended()).toMatchObject({ code: 0 });
});

test(
  "a second signal ends everything at once",
  async () => {
    using sandbox = new Sandbox();
    await using put = sandbox.start(["put", "-k", "a", ...scripted(deaf)]);
    put.write("a body");
    put.endStdin();
    await put.said("asked");
    put.child.kill("SIGINT");
    await put.said("told to end");
    // The exit code is that of the first signal: that one ended the command.
    expect(await ended(put, "SIGTERM", 800)).toMatchObject({ code: 130 });
  },
  again,
);

test(
  "a signal ends a get whose stdout isn't being read",
  async () => {
    using sandbox = new Sandbox();
    await sandbox.run(["put", "-k", "a"], { stdin: new Uint8Array(4_000_000) });
    const { command, cwd, env } = sandbox;
    const child = Bun.spawn([...command, "get", "-k", "a"], { cwd, env, stdout: "pipe", stderr: "pipe" });
    const reader = child.stdout.getReader();
    await reader.read();
    const sent = performance.now();
    child.kill("SIGTERM");
    await child.exited;
    expect(child.exitCode).toBe(143);
    expect(performance.now() - sent).toBeLessThan(2_500);
    await reader.cancel();
  },
  again,
);

// Each waits for a second or more.
test.concurrent(
  "a program that ignores SIGTERM is killed a second later",
  async () => {
    using sandbox = new Sandbox();
    await using get = sandbox.start(["get", "-k", "a", ...scripted(deaf)]);
    await get.said("asked");
    expect(await ended(get, "SIGINT")).toMatchObject({ code: 130 });
  },
  again,
);

test.concurrent(
  "a get that is stuck exits three seconds after a signal",
  async () => {
    using sandbox = new Sandbox();
    await sandbox.run(["put", "-k", "a"], { stdin: new Uint8Array(4_000_000) });
    const pipe = join(sandbox.cwd, "pipe");
    Bun.spawnSync(["mkfifo", pipe]);
    await using get = sandbox.start(["get", "-k", "a", "-o", "pipe"]);
    // Once some output has come, the get is in the middle of a write: the rest doesn't fit in the pipe.
    const reader = await open(pipe);
    await reader.read(Buffer.alloc(10));
    expect(await ended(get, "SIGTERM", 10_000)).toMatchObject({ code: 143 });
    await reader.close();
  },
  again,
);

test.each(signals)("%s ends serve like any other program", async (signal) => {
  using sandbox = new Sandbox();
  const { command, cwd, env } = sandbox;
  const serve = Bun.spawn([...command, "serve"], { cwd, env, stdin: "pipe", stdout: "pipe", stderr: "pipe" });
  await serve.stdout.getReader().read();
  serve.kill(signal);
  await serve.exited;
  expect(serve.signalCode).toBe(signal);
  expect(await new Response(serve.stderr).text()).toBe("");
});
