import { expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { Sandbox, scripted } from "../sandbox.ts";

const sha256 = (data: string | Uint8Array) => new Bun.CryptoHasher("sha256").update(data).digest("hex");
const notice =
  "cacheprogw: no program after -- and none in GOCACHEPROG: using the built-in program (cacheprogw serve)\n";
/** Every byte value, and more than a pipe or a chunk holds. */
const binary = Buffer.alloc(
  700_001,
  Uint8Array.from({ length: 256 }, (_, at) => at),
);

test("a body comes back byte for byte, from a file and from stdin, to stdout and to a file", async () => {
  using sandbox = new Sandbox();
  for (const [name, body] of [
    ["binary", binary],
    ["empty", Buffer.alloc(0)],
    ["text", Buffer.from("héllo\r\n\0")],
  ] as const) {
    sandbox.write(name, body);
    const ways: { args: string[]; stdin: string | Uint8Array }[] = [
      { args: [name], stdin: "" },
      { args: [], stdin: body },
    ];
    // Bun gives a child a socket for a pipe, and a socket can't be opened as /dev/stdin.
    if (name === "text") ways.push({ args: ["-"], stdin: body }, { args: ["/dev/stdin"], stdin: body });
    for (const way of ways) {
      const { stdout, ...ended } = await sandbox.run(["put", "--key", name, ...way.args], way);
      expect({ ...ended, stdout: stdout.toString() }).toEqual({
        code: 0,
        signal: null,
        stderr: notice,
        stdout: `${sha256(body)}\n`,
      });
    }
    const got = await sandbox.run(["get", "--key", name]);
    expect(got).toMatchObject({ code: 0, stderr: notice });
    expect(got.stdout.equals(body)).toBe(true);
    const { code, stdout } = await sandbox.run(["get", "-k", name, "-o", "out"]);
    expect({ code, stdout: stdout.length }).toEqual({ code: 0, stdout: 0 });
    expect(sandbox.read("out").equals(body)).toBe(true);
  }
});

test("--key TEXT is the SHA-256 of TEXT as the id; an id may have upper-case digits", async () => {
  using sandbox = new Sandbox();
  await sandbox.run(["put", "--key", "a key"], { stdin: "body" });
  const id = sha256("a key");
  for (const same of [id, id.toUpperCase()]) {
    expect((await sandbox.run(["get", same])).stdout.toString()).toBe("body");
  }
});

test("a miss has exit code 1 and a message on stderr, and writes nothing", async () => {
  using sandbox = new Sandbox();
  const { code, stdout, stderr } = await sandbox.run(["get", "-k", "never put", "-o", "out"]);
  expect({ code, stdout: stdout.length, stderr }).toEqual({
    code: 1,
    stdout: 0,
    stderr: `${notice}cacheprogw: miss\n`,
  });
  expect(existsSync(join(sandbox.cwd, "out"))).toBe(false);
});

test("with --json, each result is one line of JSON on stdout, and the body goes only to -o", async () => {
  using sandbox = new Sandbox();
  const json = async (...args: string[]) => {
    const { code, stdout } = await sandbox.run(args);
    expect(stdout.toString()).toMatch(/^\{.*\}\n$/);
    return { code, result: JSON.parse(stdout.toString()) };
  };
  sandbox.write("body", "hello\n");
  const outputID = sha256("hello\n");
  const diskPath = expect.stringContaining(sandbox.cache);
  expect(await json("get", "-k", "a", "--json")).toEqual({ code: 1, result: { hit: false } });
  expect(await json("put", "-k", "a", "body", "--json")).toEqual({
    code: 0,
    result: { outputID, size: 6, diskPath },
  });
  const hit = { hit: true, outputID, size: 6, time: expect.stringMatching(/^20.*Z$/), diskPath };
  expect(await json("get", "-k", "a", "--json")).toEqual({ code: 0, result: hit });
  expect(await json("get", "-k", "a", "--json", "-o", "out")).toEqual({ code: 0, result: hit });
  expect(sandbox.read("out").toString()).toBe("hello\n");
  expect(await json("info", "--json")).toEqual({
    code: 0,
    result: {
      program: expect.arrayContaining(["serve"]),
      pid: expect.any(Number),
      commands: ["get", "put", "close"],
      handshake: expect.any(Number),
    },
  });
});

test("info shows the name of the program, its commands and the time of its handshake", async () => {
  using sandbox = new Sandbox();
  const { code, stdout } = await sandbox.run([
    "info",
    ...scripted(`hello(["get", "other"]); for (const _ of requests());`),
  ]);
  expect(code).toBe(0);
  expect(stdout.toString()).toMatch(/^program {4}\S.*\ncommands {3}get other\nhandshake {2}[\d.]+ ms\n$/);
});

test("the program comes after --, as words or as one value; without --, from GOCACHEPROG", async () => {
  using sandbox = new Sandbox();
  sandbox.write("body", "x");
  mkdirSync(join(sandbox.cwd, "a b"));
  const serve = [...sandbox.command, "serve", "--dir"];
  const put = async (args: readonly string[], GOCACHEPROG?: string) =>
    expect(await sandbox.run(["put", "-k", "a", "body", ...args], { env: { GOCACHEPROG } })).toMatchObject({
      code: 0,
      stderr: "",
    });
  await put(["--", ...serve, "a b/words"], "./not-this-one");
  await put(["--", `${serve.join(" ")} 'a b/value'`], "./not-this-one");
  await put([], `${serve.join(" ")} 'a b/variable'`);
  expect(readdirSync(join(sandbox.cwd, "a b")).sort()).toEqual(["value", "variable", "words"]);
});

test("the path of a program may have a space; it isn't split", async () => {
  using sandbox = new Sandbox();
  sandbox.write("my program", `#!/bin/sh\nexec ${sandbox.command.join(" ")} serve\n`);
  chmodSync(join(sandbox.cwd, "my program"), 0o755);
  expect(await sandbox.run(["info", "--", "./my program"])).toMatchObject({ code: 0, stderr: "" });
});

test("bunfig.toml and .env of the working directory don't affect the built-in program", async () => {
  using sandbox = new Sandbox();
  sandbox.write("bunfig.toml", 'preload = ["./preload.ts"]\n');
  sandbox.write("preload.ts", 'if (process.argv.includes("serve")) console.log("not a response");\n');
  expect(await sandbox.run(["info"])).toMatchObject({ code: 0 });
});

test("a body can be a named pipe or a device", async () => {
  using sandbox = new Sandbox();
  const shell = async (script: string) => {
    const words = sandbox.command.join(" ");
    const child = Bun.spawn(["bash", "-c", script.replaceAll("cacheprogw", words)], {
      cwd: sandbox.cwd,
      env: { ...sandbox.env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
    });
    return new Response(child.stdout).text();
  };
  sandbox.write("binary", binary);
  const id = `${sha256(binary)}\n`;
  const empty = `${sha256("")}\n`;
  const cases: [script: string, id: string][] = [
    ["cacheprogw put -k a <(cat binary)", id],
    ["cat binary | cacheprogw put -k a /dev/stdin", id],
    ["mkfifo pipe; cat binary >pipe & cacheprogw put -k a pipe", id],
    ["cacheprogw put -k a <binary", id],
    ["cacheprogw put -k a /dev/null", empty],
    ["cacheprogw put -k a </dev/null", empty],
  ];
  const programs = Bun.which("bash") === null ? [] : cases;
  expect(await Promise.all(programs.map(([script]) => shell(script)))).toEqual(programs.map(([, id]) => id));
  expect(readdirSync(sandbox.tmp)).toEqual([]);
});

test("50 MB are put from a stream, and got, in little memory", async () => {
  using sandbox = new Sandbox();
  const chunk = Buffer.alloc(1_000_000, "0123456789");
  const hasher = new Bun.CryptoHasher("sha256");
  const env = { BUN_OPTIONS: `--preload=${resolve(import.meta.dir, "peak.ts")}`, PEAK_FOLDER: sandbox.cwd };
  await using put = sandbox.start(["put", "-k", "large"], { env });
  for (let sent = 0; sent < 50; sent++) {
    hasher.update(chunk);
    put.child.stdin.write(chunk);
    await put.child.stdin.flush();
  }
  put.endStdin();
  expect((await put.ended()).stdout.toString()).toBe(`${hasher.digest("hex")}\n`);
  await using get = sandbox.start(["get", "-k", "large", "-o", "/dev/null"], { env });
  expect(await get.ended()).toMatchObject({ code: 0 });
  for (const { child } of [put, get]) {
    const peak = Number(readFileSync(join(sandbox.cwd, `${child.pid}`), "latin1"));
    // Bun itself takes 45 MB.
    expect(peak).toBeGreaterThan(10_000_000);
    expect(peak).toBeLessThan(120_000_000);
  }
});

test("-o replaces a file as a whole: it keeps the mode, follows a symbolic link, and leaves hard links alone", async () => {
  using sandbox = new Sandbox();
  await sandbox.run(["put", "-k", "a"], { stdin: "new" });
  const old = sandbox.write("file", "old");
  chmodSync(old, 0o640);
  symlinkSync("file", join(sandbox.cwd, "link"));
  const before = statSync(old).ino;
  expect(await sandbox.run(["get", "-k", "a", "-o", "link"])).toMatchObject({ code: 0 });
  expect(lstatSync(join(sandbox.cwd, "link")).isSymbolicLink()).toBe(true);
  expect(readFileSync(old, "utf8")).toBe("new");
  expect(statSync(old).mode & 0o777).toBe(0o640);
  expect(statSync(old).ino).not.toBe(before);
  expect(readdirSync(sandbox.cwd).sort()).toEqual(["file", "link"]);
});

test("-o - and -o /dev/stdout are stdout; a device is written to, not replaced", async () => {
  using sandbox = new Sandbox();
  await sandbox.run(["put", "-k", "a"], { stdin: "body" });
  for (const target of ["-", "/dev/stdout"]) {
    const { code, stdout } = await sandbox.run(["get", "-k", "a", "-o", target]);
    expect({ code, stdout: stdout.toString() }).toEqual({ code: 0, stdout: "body" });
  }
  expect(await sandbox.run(["get", "-k", "a", "-o", "/dev/null"])).toMatchObject({ code: 0 });
  expect(statSync("/dev/null").isCharacterDevice()).toBe(true);
});

/** The file of the only body in the store. */
function storedBody(sandbox: Sandbox): string {
  const found = [...new Bun.Glob("**/*-d").scanSync({ cwd: sandbox.cache, absolute: true })];
  expect(found).toHaveLength(1);
  return found[0] ?? "";
}

test("a hit whose file go wouldn't use is a miss, with the reason", async () => {
  using sandbox = new Sandbox();
  const good = sandbox.write("good", "hello\n");
  const answer = (
    Size: number,
    DiskPath: string,
    OutputID = Buffer.from(sha256("hello\n"), "hex").toString("base64"),
  ) =>
    scripted(
      `hello(); for (const r of requests()) say({ ID: r.ID, ...${JSON.stringify({ Size, DiskPath, OutputID })} })`,
    );
  const wrong = Buffer.alloc(32).toString("base64");
  const cases: [program: string[], reason: string][] = [
    [answer(6, `${good}.gone`), `${good}.gone, which can't be read: ENOENT: no such file or directory`],
    [answer(6, sandbox.cwd), `${sandbox.cwd}, which isn't a regular file`],
    [answer(7, good), `${good}, which has 6 bytes, but Size is 7`],
    [
      answer(6, good, wrong),
      `${good}, whose SHA-256 is ${sha256("hello\n")}, but OutputID is ${"0".repeat(64)}`,
    ],
  ];
  for (const [program, why] of cases) {
    const reason = `the program answered with ${why}`;
    expect(await sandbox.run(["get", "-k", "a", "-o", "out", ...program])).toMatchObject({
      code: 1,
      stderr: `cacheprogw: miss: ${reason}\n`,
    });
    const { code, stdout } = await sandbox.run(["get", "-k", "a", "--json", ...program]);
    expect({ code, result: JSON.parse(stdout.toString()) }).toEqual({
      code: 1,
      result: { hit: false, reason },
    });
  }
  expect(readdirSync(sandbox.cwd)).toEqual(["good"]);
  expect((await sandbox.run(["get", "-k", "a", ...answer(6, good)])).stdout.toString()).toBe("hello\n");
});

test("a damaged body in the store is a miss, and the next put repairs it", async () => {
  using sandbox = new Sandbox();
  await sandbox.run(["put", "-k", "a"], { stdin: binary });
  const path = storedBody(sandbox);
  chmodSync(path, 0o644);
  truncateSync(path, 5);
  expect(await sandbox.run(["get", "-k", "a"])).toMatchObject({ code: 1 });
  await sandbox.run(["put", "-k", "a"], { stdin: binary });
  expect((await sandbox.run(["get", "-k", "a"])).stdout.equals(binary)).toBe(true);
});

test("a body that changes during its put fails, and isn't stored", async () => {
  using sandbox = new Sandbox();
  const path = sandbox.write("body", Buffer.alloc(4_000_000));
  // The program reads only the header until the file has changed.
  const program = scripted(`
    hello();
    const { readSync, writeSync, openSync, closeSync } = process.getBuiltinModule("node:fs");
    readSync(0, Buffer.alloc(10));
    const file = openSync(${JSON.stringify(path)}, "r+");
    writeSync(file, "changed", 3_999_000);
    closeSync(file);
    for (const _ of lines());
  `);
  expect(await sandbox.run(["put", "-k", "a", "body", ...program])).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(
      /^cacheprogw: the body body changed while it was put: [\s\S]* \(BODY_CHANGED\)\n$/,
    ),
  });
  writeFileSync(path, "");
});

test("keys and paths that aren't UTF-8 are refused: Bun decodes different bytes to the same text", () => {
  const sandbox = new Sandbox();
  try {
    const run = sandbox.command.join(" ");
    const lines = [
      `printf one | ${run} put -k "$(printf 'a\\377')"`,
      `${run} get -k "$(printf 'a\\376')"`,
      `printf one | ${run} put -k a -- ${run} serve --dir "$(printf 'a\\377')"`,
      `${run} serve --dir "$(printf 'a\\377')" </dev/null`,
      `XDG_CACHE_HOME="$(printf '/tmp/a\\377')" ${run} serve </dev/null`,
      `GOCACHEPROG="$(printf '/tmp/a\\377')" ${run} info`,
    ];
    for (const line of lines) {
      const { exitCode, stdout, stderr } = Bun.spawnSync(["sh", "-c", line], {
        cwd: sandbox.cwd,
        env: { ...sandbox.env },
      });
      expect({ line, exitCode, stdout: stdout.toString() }).toEqual({ line, exitCode: 2, stdout: "" });
      expect(stderr.toString()).toContain(" isn't valid UTF-8, or contains U+FFFD");
    }
    expect(readdirSync(sandbox.cwd)).toEqual([]);
  } finally {
    sandbox[Symbol.dispose]();
  }
});

test("~/ at the start of a path is the home directory, in every option and operand", async () => {
  using sandbox = new Sandbox();
  const home = join(sandbox.path, "home");
  writeFileSync(join(home, "body"), "hello\n");
  expect(await sandbox.run(["put", "-k", "a", "~/body"])).toMatchObject({ code: 0 });
  expect(await sandbox.run(["get", "-k", "a", "--output=~/got"])).toMatchObject({ code: 0 });
  expect(readFileSync(join(home, "got"), "utf8")).toBe("hello\n");
  const program = scripted(`hello(); for (const { ID } of requests()) say({ ID, Miss: true })`);
  await sandbox.run(["check", "handshake/hello", "--report", "json=~/report.json", ...program]);
  expect(readdirSync(home).toSorted()).toEqual(["body", "got", "report.json"]);
  expect(readdirSync(sandbox.cwd)).toEqual([]);
});
