import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { action, bodyOf, close, get, put, sha256 } from "./client-bytes.ts";
import { ServerProcess } from "./server-process.ts";
import { TempDirectory } from "./temp-directory.ts";

const key = action("a");

test("serves gets and puts, and exits with 0 after close although stdin stays open", async () => {
  using directory = new TempDirectory();
  await using server = new ServerProcess(["--dir", directory.path]);
  expect(await server.next()).toEqual({ ID: 0, KnownCommands: ["get", "put", "close"] });
  const body = bodyOf(300_000);
  server.write(get(1, key));
  expect(await server.next()).toEqual({ ID: 1, Miss: true });
  server.write(put(2, key, body));
  const { DiskPath: path = "" } = (await server.next()) ?? {};
  expect(readFileSync(path).equals(body)).toBe(true);
  server.write(get(3, key));
  expect(await server.next()).toEqual({
    ID: 3,
    OutputID: sha256(body).toBase64(),
    Size: body.length,
    Time: expect.stringMatching(/^20.*Z$/),
    DiskPath: path,
  });
  server.write(close(4));
  expect(await server.rest()).toEqual([{ ID: 4 }]);
  expect(await server.child.exited).toBe(0);
  expect(await server.stderr()).toBe("");
});

test("finds what an earlier process stored, with or without a close", async () => {
  using directory = new TempDirectory();
  for (const [name, last] of [
    ["closed", close(9)],
    ["left", ""],
  ] as const) {
    await using first = new ServerProcess(["--dir", directory.path]);
    first.write(put(1, action(name), bodyOf(5)) + last);
    await first.child.stdin.end();
    expect((await first.rest()).map(({ Err }) => Err)).not.toContain(expect.anything());
    expect(await first.child.exited).toBe(0);
    await using second = new ServerProcess(["--dir", directory.path]);
    second.write(get(1, action(name)));
    expect((await second.take(2))[1]).toMatchObject({ ID: 1, Size: 5 });
  }
});

test("reads 1,000 gets and a put of 20 MB before the client reads a response", async () => {
  using directory = new TempDirectory();
  await using server = new ServerProcess(["--dir", directory.path]);
  for (let id = 1; id <= 1000; id++) server.child.stdin.write(get(id, key));
  server.child.stdin.write(put(1001, key, new Uint8Array(20_000_000)));
  await server.child.stdin.end();
  expect(await server.rest()).toHaveLength(1002);
  expect(await server.child.exited).toBe(0);
});

test("returns absolute paths without an extension even if --dir is relative", async () => {
  using directory = new TempDirectory();
  await using server = new ServerProcess(["--dir", "here"], { cwd: directory.path });
  server.write(put(1, key, bodyOf(5)));
  const { DiskPath: path = "" } = (await server.take(2))[1] ?? {};
  expect(path).toStartWith(join(directory.path, "here"));
  expect(basename(path)).not.toContain(".");
});

test("reports an error in one line on stderr and exits with 1", async () => {
  using directory = new TempDirectory();
  const cases: [args: string[], input: string, line: RegExp][] = [
    [[], "", /^reference-server: --dir DIR is missing: the directory for bodies\n$/],
    [
      ["--dir", "/dev/null/x"],
      "",
      /^reference-server: the store in \/dev\/null\/x can't be opened: .*ENOTDIR.*\n$/,
    ],
    [
      ["--dir", directory.path],
      "garbage\n",
      /^reference-server: "garbage\\n" was found on stdin; expected .*\n$/,
    ],
  ];
  for (const [args, input, line] of cases) {
    await using server = new ServerProcess(args);
    server.write(input);
    expect(await server.stderr()).toMatch(line);
    expect(await server.child.exited).toBe(1);
  }
});

test("exits quietly if the client stops reading", async () => {
  using directory = new TempDirectory();
  await using server = new ServerProcess(["--dir", directory.path]);
  await server.next();
  await server.stopReading();
  server.write(get(1, key) + put(2, key, bodyOf(5)));
  await server.child.stdin.end();
  expect(await server.stderr()).toBe("");
  expect(await server.child.exited).toBe(0);
});

test("two processes put into one directory at once and find each other's bodies", async () => {
  using directory = new TempDirectory();
  await using first = new ServerProcess(["--dir", directory.path]);
  await using second = new ServerProcess(["--dir", directory.path]);
  const both = [first, second];
  const shared = bodyOf(200_000, 3);
  for (const [who, server] of both.entries()) {
    for (let at = 0; at < 40; at++) {
      server.write(put(2 * at + 1, action(`shared ${at}`), shared));
      server.write(put(2 * at + 2, action(`${who} ${at}`), bodyOf(at * 100, who + 5)));
    }
  }
  for (const server of both) {
    for (const answer of await server.take(81)) expect(answer.Err).toBeUndefined();
  }
  for (const [who, server] of both.entries()) {
    for (let at = 0; at < 40; at++) {
      server.write(get(100 + at, action(`${1 - who} ${at}`)));
      const { DiskPath: path = "" } = (await server.next()) ?? {};
      expect(readFileSync(path).equals(bodyOf(at * 100, 1 - who + 5))).toBe(true);
    }
    server.write(get(999, action("shared 7")));
    const { DiskPath: path = "" } = (await server.next()) ?? {};
    expect(readFileSync(path).equals(shared)).toBe(true);
    server.write(close(1000));
    expect(await server.child.exited).toBe(0);
  }
  expect(readdirSync(join(directory.path, "tmp"))).toEqual([]);
});

test.skipIf(Bun.which("go") === null)("works with go build, cold and warm (needs go)", async () => {
  using directory = new TempDirectory();
  const module = join(directory.path, "module");
  const store = join(directory.path, "store");
  await Bun.write(join(module, "go.mod"), "module example.com/tiny\n\ngo 1.21\n");
  // Imports nothing, so go compiles little more than the runtime.
  await Bun.write(join(module, "tiny.go"), "package tiny\n\nfunc Answer() int { return 42 }\n");
  const program = join(import.meta.dir, "../../fixtures/reference-server.ts");
  const env = {
    ...process.env,
    GOCACHEPROG: `${process.execPath} ${program} --dir ${store}`,
    GOCACHE: join(directory.path, "gocache"),
    GOFLAGS: "",
    GOTOOLCHAIN: "local",
    CGO_ENABLED: "0",
  };
  for (const _ of ["cold", "warm"]) {
    const go = Bun.spawn(["go", "build", "./..."], { cwd: module, env, stdout: "pipe", stderr: "pipe" });
    expect(await new Response(go.stderr).text()).toBe("");
    expect(await go.exited).toBe(0);
  }
  expect(readdirSync(join(store, "tmp"))).toEqual([]);
  expect(readdirSync(store).length).toBeGreaterThan(1);
});
