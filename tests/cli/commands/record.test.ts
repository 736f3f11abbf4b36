import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { CacheProg } from "../../../src/index.ts";
import { loadTrace } from "../../../src/trace/trace.ts";
import { encodeRequest } from "../../../src/wire/encode.ts";
import { Sandbox, scripted } from "../sandbox.ts";

const sandbox = new Sandbox();
afterAll(() => sandbox[Symbol.dispose]());

const action = new Uint8Array(32).fill(7);
const body = "a body\n";
const outputID = Uint8Array.fromHex(Bun.SHA256.hash(body, "hex"));
const get = request({ id: 1, command: "get", actionID: action });
const put = `${request({ id: 2, command: "put", actionID: action, outputID, bodySize: body.length })}"${btoa(body)}"\n`;
const again = request({ id: 3, command: "get", actionID: action });
const close = request({ id: 4, command: "close" });
const session = get + put + again + close;

function request(message: Parameters<typeof encodeRequest>[0]): string {
  return new TextDecoder().decode(encodeRequest(message));
}

/** The trace of a run, by the name of its file. */
function traceOf(name: string) {
  return loadTrace(join(sandbox.cwd, name));
}

/** Without what differs from run to run. */
function plain(stdout: Buffer): string {
  return stdout.toString().replace(/"Time":"[^"]*"/g, "TIME");
}

describe("record with a program", () => {
  test("passes on what both sides write, and writes a trace of it", async () => {
    const serve = ["--", ...sandbox.command, "serve", "--dir"];
    const direct = await sandbox.run([...serve.slice(3), "one"], { stdin: session });
    const { stdout, ...ended } = await sandbox.run(["record", "-o", "a.jsonl", ...serve, "two"], {
      stdin: session,
    });
    expect(ended).toEqual({ code: 0, signal: null, stderr: "" });
    expect(plain(stdout)).toBe(plain(direct.stdout).replaceAll("/one/", "/two/"));
    const { start, hello, requests, others } = await traceOf("a.jsonl");
    expect(start).toMatchObject({ program: [...serve.slice(1), "two"], go: { pid: process.pid } });
    expect(hello?.commands).toEqual(["get", "put", "close"]);
    expect(requests).toMatchObject(
      [
        { command: "get", action: action.toHex(), outcome: "miss" },
        { command: "put", outcome: "stored", size: body.length, sha256: outputID.toHex() },
        { command: "get", outcome: "hit", output: outputID.toHex(), path: /^\/.*\/two\// },
        { command: "close", outcome: "closed" },
      ].map(({ path, ...rest }) =>
        path === undefined ? rest : { ...rest, path: expect.stringMatching(path) },
      ),
    );
    expect(others).toMatchObject([
      { kind: "end", of: expect.any(String) },
      { kind: "end", of: expect.any(String) },
      { kind: "exit", code: 0 },
    ]);
  });

  test("ends as the program ends", async () => {
    const exits = await sandbox.run(["record", "-o", "b.jsonl", ...scripted("hello(); process.exit(7)")]);
    expect(exits).toMatchObject({ code: 7, signal: null, stderr: "" });
    expect((await traceOf("b.jsonl")).others.at(-1)).toMatchObject({ kind: "exit", code: 7 });
    const dies = await sandbox.run([
      "record",
      "-o",
      "b.jsonl",
      ...scripted("process.kill(process.pid, 'SIGKILL'); hang()"),
    ]);
    expect(dies).toMatchObject({ signal: "SIGKILL" });
    expect((await traceOf("b.jsonl")).others.at(-1)).toMatchObject({ kind: "exit", signal: "SIGKILL" });
  });

  test("what isn't the protocol passes, too", async () => {
    const args = ["record", "-o", "c.jsonl", ...scripted("raw('good day\\n')")];
    expect((await sandbox.run(args, { stdin: "nonsense" })).stdout.toString()).toBe("good day\n");
    expect((await traceOf("c.jsonl")).others).toContainEqual(
      expect.objectContaining({ kind: "raw", from: "program", bytes: btoa("good day\n") }),
    );
  });

  test("SIGTERM reaches the program, and is recorded", async () => {
    const script =
      "process.on('SIGTERM', () => { log('bye'); process.exit(3) }); setInterval(() => {}, 1000); hello(); log('up')";
    await using running = sandbox.start(["record", "-o", "d.jsonl", ...scripted(script)]);
    await running.said("up");
    running.child.kill("SIGTERM");
    expect(await running.ended()).toMatchObject({ code: 3, stderr: "up\nbye\n" });
    expect((await traceOf("d.jsonl")).others).toContainEqual(
      expect.objectContaining({ kind: "signal", name: "SIGTERM" }),
    );
  });

  test("Ctrl-C reaches the program once, and the recorder waits for what it does then", async () => {
    const script =
      "process.on('SIGINT', () => { log('int'); setTimeout(() => process.exit(4), 50) }); setInterval(() => {}, 1000); hello(); log('up')";
    // Its process group is that of a terminal's foreground.
    const child = Bun.spawn([...sandbox.command, "record", "-o", "i.jsonl", ...scripted(script)], {
      cwd: sandbox.cwd,
      env: { ...sandbox.env },
      stdin: "pipe",
      stdout: "ignore",
      stderr: "pipe",
      detached: true,
    });
    let said = "";
    for await (const chunk of child.stderr) {
      said += new TextDecoder().decode(chunk);
      if (said === "up\n") process.kill(-child.pid, "SIGINT");
    }
    expect([said, await child.exited]).toEqual(["up\nint\n", 4]);
    expect((await traceOf("i.jsonl")).others).toContainEqual(
      expect.objectContaining({ kind: "signal", name: "SIGINT" }),
    );
  });

  test("what was passed on is in the trace even if the recorder is killed", async () => {
    const script = "hello(); for (const r of requests()) say({ ID: r.ID, Miss: true })";
    const child = Bun.spawn([...sandbox.command, "record", "-o", "e.jsonl", ...scripted(script)], {
      cwd: sandbox.cwd,
      env: { ...sandbox.env },
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    child.stdin.write(get);
    await child.stdin.flush();
    let read = "";
    for await (const chunk of child.stdout) {
      read += new TextDecoder().decode(chunk);
      if (read.includes('"Miss":true')) child.kill("SIGKILL");
    }
    await child.exited;
    expect((await traceOf("e.jsonl")).requests).toMatchObject([{ id: 1, outcome: "miss" }]);
  });

  test("a program that can't be started is reported, and nothing is served", async () => {
    const { code, stdout, stderr } = await sandbox.run(["record", "-o", "f.jsonl", "--", "./missing"]);
    expect([code, stdout.toString()]).toEqual([5, ""]);
    expect(stderr).toContain("can't start the cache program ./missing");
  });
});

test("record without a program serves go's own cache", async () => {
  const cache = join(sandbox.path, "go-build");
  const args = ["record", "-o", "own.jsonl", "--bodies", "bodies"];
  const { code, stderr } = await sandbox.run(args, { stdin: session, env: { GOCACHE: cache } });
  expect([code, stderr]).toEqual([0, ""]);
  const { start, requests, others } = await traceOf("own.jsonl");
  expect(start.program).toEqual([]);
  expect(requests.map(({ outcome }) => outcome)).toEqual(["miss", "stored", "hit", "closed"]);
  expect(requests[2]?.path).toBe(join(cache, outputID.toHex().slice(0, 2), `${outputID.toHex()}-d`));
  expect(others.at(-1)).toMatchObject({ kind: "exit", code: 0 });
  expect(readdirSync(join(sandbox.cwd, "bodies"))).toEqual([outputID.toHex()]);
  expect(readFileSync(join(sandbox.cwd, "bodies", outputID.toHex()), "utf8")).toBe(body);
});

test("the event loop records the same", async () => {
  const fixture = resolve(import.meta.dir, "../../../fixtures/recording-relay.ts");
  const child = Bun.spawn(
    [process.execPath, fixture, "events.jsonl", ...sandbox.command, "serve", "--dir", "three"],
    {
      cwd: sandbox.cwd,
      env: { ...sandbox.env },
      stdin: Buffer.from(session),
      stdout: "pipe",
      stderr: "inherit",
    },
  );
  expect((await child.stdout.text()).split("\n")).toHaveLength(6);
  expect(await child.exited).toBe(0);
  const { requests, others } = await traceOf("events.jsonl");
  expect(requests.map(({ outcome }) => outcome)).toEqual(["miss", "stored", "hit", "closed"]);
  expect(others.at(-1)).toMatchObject({ kind: "exit", code: 0 });
});

describe("the trace of record", () => {
  const run = (path: string, ...rest: string[]) =>
    sandbox.run(["record", "-o", path, ...rest], {
      stdin: get + close,
      env: { GOCACHE: join(sandbox.path, "go-build") },
    });

  test("replaces one that is there; {pid} and a folder give one for each go process", async () => {
    for (const path of ["again.jsonl", "again.jsonl", "x-{pid}.jsonl", "new/folder/", "new/folder"])
      expect(await run(path)).toMatchObject({ code: 0, stderr: "" });
    expect((await traceOf("again.jsonl")).requests).toHaveLength(2);
    expect(existsSync(join(sandbox.cwd, `x-${process.pid}.jsonl`))).toBe(true);
    expect(readdirSync(join(sandbox.cwd, "new/folder")).toSorted()).toEqual([
      `${process.pid}-2.jsonl`,
      `${process.pid}.jsonl`,
    ]);
  });

  test("that can't be written costs one line on stderr, and nothing else", async () => {
    sandbox.write("mine.txt", "text");
    for (const [path, why] of [
      ["no/such/folder.jsonl", "ENOENT"],
      ["mine.txt", "isn't a trace"],
      ["/dev/full", "ENOSPC"],
    ] as const) {
      const { code, stdout, stderr } = await run(path);
      expect([code, stdout.toString().split("\n").length]).toEqual([0, 4]);
      expect(stderr).toMatch(
        /^cacheprogw: the trace .* can't be written: [^\n]*; the build goes on without it\n$/,
      );
      expect(stderr).toContain(why);
    }
    expect(sandbox.read("mine.txt").toString()).toBe("text");
  });

  test("bodies that can't be written cost one line on stderr, and nothing else", async () => {
    const { code, stderr } = await sandbox.run(["record", "-o", "g.jsonl", "--bodies", "mine.txt"], {
      stdin: session,
      env: { GOCACHE: join(sandbox.path, "go-build") },
    });
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^cacheprogw: bodies can't be written to mine.txt: .*; the build goes on without them\n$/,
    );
  });

  test("needs a file", async () => {
    const { code, stderr } = await sandbox.run(["record"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("expected -o FILE")]);
  });
});

test.skipIf(process.platform !== "linux")(
  "a program ignores the signals that go ignores (Linux)",
  async () => {
    const script = "log(fs.readFileSync('/proc/self/status', 'utf8').match(/^SigIgn:.*$/m)[0]); hello()";
    const record = [...sandbox.command, "record", "-o", "h.jsonl", ...scripted(script)];
    const child = Bun.spawn(["sh", "-c", `trap '' INT HUP; exec "$@"`, "sh", ...record], {
      cwd: sandbox.cwd,
      env: { ...sandbox.env },
      stdin: "ignore",
      stderr: "pipe",
    });
    expect(await child.stderr.text()).toMatch(/^SigIgn:\s*\w*3\n$/); // and what bun ignores
  },
);

describe("record --lint", () => {
  /** A go command that puts a body and closes. @returns what record wrote to stderr */
  async function linted(file: string, path: string): Promise<string[]> {
    const program = scripted(`
      hello();
      for (const { ID, Command } of requests()) {
        say(Command === "get" ? { ID, Miss: true } : Command === "put" ? { ID, DiskPath: "${path}" } : { ID });
        if (Command === "close") break;
      }`);
    const lines: string[] = [];
    const command = [...sandbox.command, "record", "-o", join(sandbox.cwd, file), "--lint", ...program];
    const options = { env: sandbox.env, cwd: sandbox.cwd, stderr: (line: string) => void lines.push(line) };
    await using cache = await CacheProg.start(command, options);
    await cache.get(action);
    await cache.put(action, body);
    await cache.close();
    return lines;
  }

  test("says at the end what went against the protocol", async () => {
    const lines = await linted("traces/", "relative/path");
    expect(lines[0]).toMatch(/^cacheprogw lint · .*traces\/\d+\.jsonl · as go.* · 1 check$/);
    expect(lines.join("\n")).toContain("✗ file/absolute");
    expect(lines.at(-1)).toContain("1 failed");
  });

  test("says nothing if nothing is wrong, or there is no trace", async () => {
    expect(await linted("fine.jsonl", "/store/body")).toEqual([]);
    expect(await linted("none/x.jsonl", "relative/path")).toEqual([
      expect.stringContaining("can't be written"),
    ]);
  });
});
