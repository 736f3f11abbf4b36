import { afterAll, expect, test } from "bun:test";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Sandbox, scripted } from "../sandbox.ts";

const sandbox = new Sandbox();
/** A file system of 1 MiB, if this user may mount one. */
const small = join(sandbox.path, "small");
mkdirSync(small);
const isMounted =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  Bun.which("mount") !== null &&
  Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=1m", "cacheprogw-test", small]).success;
afterAll(() => {
  if (isMounted) Bun.spawnSync(["umount", small]);
  sandbox[Symbol.dispose]();
});
const needsMount = "(needs Linux and root, to mount a small file system)";

test.skipIf(!existsSync("/dev/full"))(
  "a full stdout is exit code 3 and a message, whatever is written (needs /dev/full)",
  async () => {
    sandbox.write("body", "hello\n");
    await sandbox.run(["put", "-k", "a", "body"]);
    const full = openSync("/dev/full", "w");
    for (const args of [
      ["--version"],
      ["--help"],
      ["get", "--help"],
      ["info"],
      ["info", "--json"],
      ["put", "-k", "a", "body"],
      ["get", "-k", "a"],
      ["get", "-k", "b", "--json"],
    ]) {
      expect(await sandbox.run(args, { stdout: full })).toMatchObject({
        code: 3,
        stderr: expect.stringMatching(
          /^(.*built-in program.*\n)?cacheprogw: can't write to stdout: ENOSPC: no space left on device\n$/,
        ),
      });
    }
    closeSync(full);
  },
);

test.skipIf(!isMounted)(
  `-o on a full disk leaves the old file, and no temporary one ${needsMount}`,
  async () => {
    await sandbox.run(["put", "-k", "large"], { stdin: new Uint8Array(2_000_000) });
    for (const [name, old] of [
      ["new", undefined],
      ["old", "what was there"],
    ] as const) {
      const path = join(small, name);
      if (old !== undefined) writeFileSync(path, old);
      const before = readdirSync(small);
      expect(await sandbox.run(["get", "-k", "large", "-o", path])).toMatchObject({
        code: 3,
        stderr: expect.stringContaining(`cacheprogw: can't write ${path}: ENOSPC: no space left on device\n`),
      });
      expect(readdirSync(small)).toEqual(before);
      if (old !== undefined) expect(await Bun.file(path).text()).toBe(old);
    }
  },
);

test.skipIf(!isMounted)(
  `a full TMPDIR fails a put of stdin, and the program isn't started ${needsMount}`,
  async () => {
    const program = scripted(`log("started")`);
    const before = readdirSync(small);
    expect(
      await sandbox.run(["put", "-k", "large", ...program], {
        stdin: new Uint8Array(2_000_000),
        env: { TMPDIR: small },
      }),
    ).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(
        /^cacheprogw: can't write \/.*\/body: ENOSPC: no space left on device\n$/,
      ),
    });
    expect(readdirSync(small)).toEqual(before);
  },
);

test.skipIf(!isMounted)(
  `a put fails with the reason if both the store and TMPDIR are full ${needsMount}`,
  async () => {
    const serve = ["--", `TMPDIR=${small}`, ...sandbox.command, "serve", "--dir", join(small, "store")];
    expect(
      await sandbox.run(["put", "-k", "large", ...serve], { stdin: new Uint8Array(2_000_000) }),
    ).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(
        /ENOSPC.*\ncacheprogw: .*answered put with an error: .*ENOSPC.*\(SERVER_ERROR\)\n$/s,
      ),
    });
  },
);

test("a get ends quietly when the reader of stdout goes away", async () => {
  await sandbox.run(["put", "-k", "large"], { stdin: new Uint8Array(4_000_000) });
  const { command, cwd, env } = sandbox;
  const child = Bun.spawn([...command, "get", "-k", "large", "--", ...command, "serve"], {
    cwd,
    env,
    stdout: "pipe",
    stderr: "pipe",
  });
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
  expect(await new Response(child.stderr).text()).toBe("");
  await child.exited;
  expect(child.exitCode).toBe(141);
});

test.skipIf(Bun.which("bash") === null)(
  "a closed or full stderr doesn't affect the result (needs bash)",
  async () => {
    sandbox.write("body", "hello\n");
    const script = ["2>&-", "2>/dev/full", "2>/dev/null"]
      .map((redirection) => `${sandbox.command.join(" ")} put -k a body ${redirection} || echo $?`)
      .join("\n");
    const { cwd, env } = sandbox;
    const child = Bun.spawn(["bash", "-c", script], { cwd, env, stdout: "pipe" });
    const id = new Bun.CryptoHasher("sha256").update("hello\n").digest("hex");
    expect(await new Response(child.stdout).text()).toBe(`${id}\n`.repeat(3));
  },
);

test.skipIf(Bun.which("bash") === null || process.platform !== "linux")(
  "a closed stdin isn't taken for an empty body, nor a closed stdout for a written result (needs Linux and bash)",
  async () => {
    sandbox.write("body", "hello\n");
    const run = sandbox.command.join(" ");
    const lines = [
      `${run} put -k closed <&-`,
      `${run} put -k closed - <&-`,
      `${run} put -k a body >&-`,
      `${run} get -k a >&-`,
      `${run} info --json >&-`,
      `${run} --help >&-`,
      `${run} get -k closed`,
      // These are open: the caller chose /dev/null.
      `${run} put -k empty </dev/null`,
      `${run} get -k a >/dev/null`,
    ];
    const script = lines.map((line) => `${line}; echo "$?" >&2`).join("\n");
    const { cwd, env } = sandbox;
    const child = Bun.spawn(["bash", "-c", script], { cwd, env, stdout: "ignore", stderr: "pipe" });
    const notice = /^cacheprogw: no program after -- .*\n/gm;
    expect((await child.stderr.text()).replaceAll(notice, "").split("\n")).toEqual([
      ...["cacheprogw: can't read from stdin: it is closed", "3"],
      ...["cacheprogw: can't read from stdin: it is closed", "3"],
      ...["cacheprogw: can't write to stdout: it is closed", "3"],
      ...["cacheprogw: can't write to stdout: it is closed", "3"],
      ...["cacheprogw: can't write to stdout: it is closed", "3"],
      ...["cacheprogw: can't write to stdout: it is closed", "3"],
      ...["cacheprogw: miss", "1"],
      "0",
      "0",
      "",
    ]);
  },
);

test.skipIf(Bun.which("python3") === null)(
  "messages to a full, non-blocking stderr aren't lost (needs python3)",
  async () => {
    // Fills the pipe before the command starts, and empties it when the command is over, or has had time to wait: one
    // that doesn't wait is over long before.
    const script = `
import fcntl, os, subprocess, sys
r, w = os.pipe()
fcntl.fcntl(w, fcntl.F_SETFL, os.O_NONBLOCK)
filled = 0
try:
    while True: filled += os.write(w, b"x" * 4096)
except BlockingIOError: pass
child = subprocess.Popen(sys.argv[1:], stderr=w)
os.close(w)
try: child.wait(0.7)
except subprocess.TimeoutExpired: pass
said = b""
while True:
    chunk = os.read(r, 65536)
    if not chunk: break
    said += chunk
child.wait()
print(said[filled:].decode(), end="")
`;
    const { command, cwd, env } = sandbox;
    const child = Bun.spawn(["python3", "-c", script, ...command, "nonsense"], { cwd, env, stdout: "pipe" });
    expect(await child.stdout.text()).toMatch(/^cacheprogw: unknown command "nonsense"/);
  },
);
