import { afterAll, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Fifo } from "../../client/fifo.ts";
import { Sandbox } from "../sandbox.ts";

const sandbox = new Sandbox();
afterAll(() => sandbox[Symbol.dispose]());
const hello = '{"ID":0,"KnownCommands":["get","put","close"]}\n';

test("serve stores in the user's cache directory, or in --dir, relative to the working directory", async () => {
  const home = join(sandbox.path, "other home");
  mkdirSync(home);
  const isMac = process.platform === "darwin";
  const cases: [args: string[], env: Record<string, string | undefined>, store: string][] = [
    [["--dir", "here/store"], {}, join(sandbox.cwd, "here/store")],
    [["-d", join(sandbox.path, "absolute")], {}, join(sandbox.path, "absolute")],
    [
      [],
      { HOME: home, XDG_CACHE_HOME: undefined },
      join(home, isMac ? "Library/Caches/cacheprogw" : ".cache/cacheprogw"),
    ],
    [
      [],
      { HOME: home, XDG_CACHE_HOME: "" },
      join(home, isMac ? "Library/Caches/cacheprogw" : ".cache/cacheprogw"),
    ],
  ];
  cases.push([["--dir=~/kept"], { HOME: home }, join(home, "kept")]);
  cases.push([["-d", "~"], { HOME: join(home, "empty") }, join(home, "empty")]);
  if (!isMac) cases.push([[], {}, join(sandbox.cache, "cacheprogw")]);
  for (const [args, env, store] of cases) {
    const { stdout, ...ended } = await sandbox.run(["serve", ...args], { env });
    expect({ ...ended, stdout: stdout.toString() }).toEqual({
      code: 0,
      signal: null,
      stderr: "",
      stdout: hello,
    });
    expect(readdirSync(store)).toEqual(["CACHEDIR.TAG"]);
  }
});

test("serve --dir answers with absolute paths below it", async () => {
  sandbox.write("body", "hello\n");
  const serve = ["--", ...sandbox.command, "serve", "--dir", "relative"];
  const { stdout } = await sandbox.run(["put", "-k", "a", "body", "--json", ...serve]);
  const { diskPath } = JSON.parse(stdout.toString());
  expect(diskPath).toStartWith(join(sandbox.cwd, "relative"));
  expect(readFileSync(diskPath, "utf8")).toBe("hello\n");
});

test("serve refuses a place it can't store in and arguments it doesn't take, and says what it expected", async () => {
  sandbox.write("file", "");
  const see = "\nSee: cacheprogw serve --help";
  const cases: [args: string[], env: Record<string, string>, code: number, said: string | RegExp][] = [
    [
      ["--dir=~other/store"],
      {},
      2,
      `option --dir is ~other/store; ~user isn't supported; expected a full path, or ./~other/store for a file of that name${see}`,
    ],
    [
      ["--dir", "~/store"],
      { HOME: "relative" },
      2,
      `the environment variable HOME is the relative path relative; expected it to be absolute, or an absolute path for option --dir${see}`,
    ],
    [
      [],
      { XDG_CACHE_HOME: "", HOME: "relative" },
      2,
      `the environment variable HOME is the relative path relative; expected it to be absolute, or --dir DIR${see}`,
    ],
    [["--dir", "file"], {}, 3, "can't store in file: it is a file; expected a directory"],
    [
      ["--dir", "file/below"],
      {},
      3,
      /the store in .*\/file\/below can't be opened: ENOTDIR: .* \(STORE_FAILED\)/,
    ],
    [["--dir", "/dev/null/x"], {}, 3, /the store in \/dev\/null\/x can't be opened: .* \(STORE_FAILED\)/],
    [["--dir="], {}, 2, "option --dir needs a value: --dir DIR; it is empty\nSee: cacheprogw serve --help"],
    [["here"], {}, 2, /unexpected argument "here"; usage: cacheprogw serve .*\nSee: cacheprogw serve --help/],
    [
      ["--", "program"],
      {},
      2,
      "serve is a cache program and doesn't start one; remove -- and what follows it\nSee: cacheprogw serve --help",
    ],
  ];
  if (process.platform !== "darwin") {
    cases.push([
      [],
      { XDG_CACHE_HOME: "relative" },
      2,
      "the environment variable XDG_CACHE_HOME is the relative path relative; expected it to be absolute, or --dir DIR\nSee: cacheprogw serve --help",
    ]);
  }
  for (const [args, env, code, said] of cases) {
    const { stdout, stderr, ...ended } = await sandbox.run(["serve", ...args], { env });
    expect({ ...ended, stdout: stdout.toString() }).toEqual({ code, signal: null, stdout: "" });
    if (typeof said === "string") expect(stderr).toBe(`cacheprogw: ${said}\n`);
    else expect(stderr).toMatch(new RegExp(`^cacheprogw: ${said.source}\n$`));
  }
});

test.skipIf(process.platform !== "linux")(
  "nothing is written from a deleted working directory (needs Linux)",
  async () => {
    const { command, path, env } = sandbox;
    const open = `const { DiskStore } = await import("${join(import.meta.dir, "../../../src/server/index.ts")}");
      try { DiskStore.open("store") } catch ({ message }) { console.error(message) }`;
    const cases: [words: readonly string[], said: string][] = [
      ...[
        ["serve", "--dir", "store"],
        ["put", "-k", "a"],
        ["check", "--keep", "kept"],
      ].map((words): [string[], string] => [
        [...command, ...words],
        "cacheprogw: the working directory was deleted; change to another one\n",
      ]),
      [
        [process.execPath, "-e", open],
        "the store in store can't be opened: the working directory was deleted; expected an absolute path\n",
      ],
    ];
    for (const [words, said] of cases) {
      const script = 'mkdir gone && cd gone && rmdir ../gone && exec "$@"';
      const { stderr, stdout } = Bun.spawnSync(["sh", "-c", script, "sh", ...words], { cwd: path, env });
      expect({ words, said: stderr.toString(), stdout: stdout.toString() }).toEqual({
        words,
        said,
        stdout: "",
      });
    }
    expect(readdirSync(path)).not.toContain("gone");
    expect(readdirSync(dirname(process.execPath))).not.toContain("store");
  },
);

test.skipIf(process.platform !== "linux" || process.getuid?.() !== 0 || Bun.which("setpriv") === null)(
  "without HOME, a user whom the system doesn't know is told to give --dir (needs Linux, root and setpriv)",
  async () => {
    const { command, env } = sandbox;
    const child = Bun.spawn(["setpriv", "--reuid", "54321", "--clear-groups", ...command, "serve"], {
      cwd: "/",
      env: { ...env, HOME: undefined, XDG_CACHE_HOME: undefined },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    expect(await child.stderr.text()).toBe(
      "cacheprogw: there is no home directory: HOME isn't set; expected --dir DIR\nSee: cacheprogw serve --help\n",
    );
    expect(await child.exited).toBe(2);
  },
);

test("serve --gocache uses the cache in --dir, or in GOCACHE, or go's default, and makes a missing one", async () => {
  const home = join(sandbox.path, "home of go");
  mkdirSync(home);
  const byDefault = process.platform === "darwin" ? "Library/Caches/go-build" : ".cache/go-build";
  const cases: [args: string[], env: Record<string, string | undefined>, cache: string][] = [
    [["--dir", "go/cache"], { GOCACHE: "off" }, join(sandbox.cwd, "go/cache")],
    [[], { GOCACHE: join(sandbox.path, "given") }, join(sandbox.path, "given")],
    [[], { HOME: home, XDG_CACHE_HOME: undefined, GOCACHE: undefined }, join(home, byDefault)],
  ];
  for (const [args, env, cache] of cases) {
    const { stdout, ...ended } = await sandbox.run(["serve", "--gocache", ...args], { env });
    expect({ ...ended, stdout: stdout.toString() }).toEqual({
      code: 0,
      signal: null,
      stderr: "",
      stdout: hello,
    });
    expect(readdirSync(cache)).toHaveLength(257);
  }
});

test("serve --gocache refuses what isn't a cache of go, and options of a store", async () => {
  mkdirSync(join(sandbox.cwd, "other/things"), { recursive: true });
  const itself = "go trims its cache itself";
  const see = "\nSee: cacheprogw serve --help";
  const cases: [args: string[], env: Record<string, string>, code: number, said: string][] = [
    [
      [],
      { GOCACHE: "off" },
      2,
      "GOCACHE is off, so there is no cache; expected an absolute path, or another directory to be given",
    ],
    [["--max-size=1GB"], {}, 2, `--gocache can't be combined with --max-size: ${itself}${see}`],
    [["--max-age", "3d"], {}, 2, `--gocache can't be combined with --max-age: ${itself}${see}`],
    [["--fault", "hello-late"], {}, 2, `--gocache can't be combined with --fault: it needs a store${see}`],
    [
      ["--", "x"],
      {},
      2,
      `serve is a cache program and doesn't start one; remove -- and what follows it${see}`,
    ],
    [["--dir"], {}, 2, `option --dir needs a value: --dir DIR${see}`],
    [
      ["--dir", "other"],
      {},
      3,
      `${join(sandbox.cwd, "other")} isn't a cache of go: it has no README of go's, and holds "things"; expected go's own cache, an empty directory, or a path where none is (STORE_FAILED)`,
    ],
  ];
  for (const [args, env, code, said] of cases) {
    const { stdout, ...ended } = await sandbox.run(["serve", "--gocache", ...args], { env });
    expect({ args, ...ended, stdout: stdout.toString() }).toEqual({
      args,
      code,
      signal: null,
      stderr: `cacheprogw: ${said}\n`,
      stdout: "",
    });
  }
});

test("serve quotes invalid input on stdin, and exits with 3", async () => {
  const { code, stdout, stderr } = await sandbox.run(["serve"], { stdin: "GET / HTTP/1.1\n" });
  expect({ code, stdout: stdout.toString(), stderr }).toEqual({
    code: 3,
    stdout: hello,
    stderr: expect.stringMatching(
      /^cacheprogw: "GET .* was found on stdin; expected a request.*\(PROTOCOL_ERROR\)\n$/,
    ),
  });
});

test("serve ends stdout before it exits, since go waits for that and Bun takes 2 ms to exit", async () => {
  const fifo = new Fifo(sandbox.path);
  // Keeps the process until the test opens the FIFO.
  const gate = sandbox.write(
    "gate.ts",
    `process.on("exit", () => require("fs").readFileSync("${fifo.path}"))`,
  );
  const serve = [process.execPath, "--preload", gate, ...sandbox.command.slice(1), "serve"];
  // Bun connects its children with sockets. A pipe, as go uses, needs a shell.
  const pipe = join(sandbox.path, "stdout");
  Bun.spawnSync(["mkfifo", pipe]);
  for (const words of [["sh", "-c", `"$@" >'${pipe}' & exec cat '${pipe}'`, "sh", ...serve], serve]) {
    const { env, cwd } = sandbox;
    const child = Bun.spawn(words, { env, cwd, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    expect(await new Response(child.stdout).text()).toBe(hello);
    await fifo.open();
    expect(await new Response(child.stderr).text()).toBe("");
    await child.exited;
  }
});

test("serve loads neither the client nor what the other kind of store needs, since go waits for it in every build", async () => {
  const loaded = (...names: string[]) => {
    const files = names.map((name) => JSON.stringify(join(import.meta.dir, `../../../src/cli/${name}.ts`)));
    const script = `
      await Promise.all([${files}].map((file) => import(file)));
      console.log(Object.keys(require.cache).filter((file) => file.includes("/src/")).join("\\n"));
    `;
    const { stdout } = Bun.spawnSync([process.execPath, "-e", script]);
    return stdout.toString().trim().split("\n");
  };
  const foreign = /\/(client|conformance|trace|bench)\/|\/commands\/|\/arguments\/(fault|help)\.ts/;
  for (const [files, others] of [
    [loaded("start", "plain-serve"), /\/server\/gocache\/|gocache-serve/],
    [loaded("gocache-serve"), /\/(disk-store|trimmer|clean-later|start)\.ts/],
  ] as const) {
    expect(files.length).toBeGreaterThan(10);
    expect(files.filter((file) => foreign.test(file) || others.test(file))).toEqual([]);
  }
});
