import { afterAll, expect, test } from "bun:test";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Sandbox, scripted } from "./sandbox.ts";

const sandbox = new Sandbox();
/** A file system of 1 MiB, where this user may mount one. */
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
  "a stdout that is full is exit code 3 and a message, whatever is written (needs /dev/full)",
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
          /^(.*reference program.*\n)?cacheprogw: can not write to stdout: ENOSPC: no space left on device\n$/,
        ),
      });
    }
    closeSync(full);
  },
);

test.skipIf(!isMounted)(
  `-o on a full disk leaves what was there, and nothing beside it ${needsMount}`,
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
        stderr: expect.stringContaining(
          `cacheprogw: can not write ${path}: ENOSPC: no space left on device\n`,
        ),
      });
      expect(readdirSync(small)).toEqual(before);
      if (old !== undefined) expect(await Bun.file(path).text()).toBe(old);
    }
  },
);

test.skipIf(!isMounted)(
  `a TMPDIR that is full fails a put of stdin, and starts nothing ${needsMount}`,
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
        /^cacheprogw: can not write \/.*\/body: ENOSPC: no space left on device\n$/,
      ),
    });
    expect(readdirSync(small)).toEqual(before);
  },
);

test.skipIf(!isMounted)(`a store on a full disk fails the put with its reason ${needsMount}`, async () => {
  const serve = ["--", ...sandbox.command, "serve", "--dir", join(small, "store")];
  expect(
    await sandbox.run(["put", "-k", "large", ...serve], { stdin: new Uint8Array(2_000_000) }),
  ).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(
      /ENOSPC.*\ncacheprogw: .*answered put with an error: .*ENOSPC.*\(SERVER_ERROR\)\n$/s,
    ),
  });
});

test("a reader that has seen enough ends a get quietly", async () => {
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
  "a closed or full stderr does no harm to the result (needs bash)",
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
