import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { isDebugged } from "../../src/client/node-debug.ts";
import { guardEachTest } from "./guard.ts";
import { key, scripted } from "./scripted.ts";

guardEachTest();
const here = (name: string) => JSON.stringify(join(import.meta.dir, name));
const digits = key(1).toHex().slice(0, 16);

/** Runs a script that plays with a program. Returns what it prints, and the lines on stderr with pids and times as words. */
async function run(
  program: string,
  code: string,
  NODE_DEBUG: string | undefined = "cacheprogw",
): Promise<{ output: string; lines: string[] }> {
  const text = `
    import { CacheProg } from ${here("../../src/index.ts")};
    import { failure, key } from ${here("scripted.ts")};
    const start = (options) => CacheProg.start(${JSON.stringify(scripted(program))}, options);
    ${code}`;
  const child = Bun.spawn([process.execPath, "-e", text], {
    env: { ...process.env, NODE_DEBUG },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [output, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  expect({ code: await child.exited, output, errors }).toMatchObject({ code: 0 });
  const pid = /program (\d+):/.exec(errors)?.[1] ?? "none";
  const lines = errors
    .replaceAll(`CACHEPROGW ${child.pid}:`, "OURS:")
    .replaceAll(`program ${pid}:`, `program ${pid === output.trim().split("\n")[0] ? "PID" : "?"}:`)
    .replaceAll(/ \d+\.\d\d ms/g, " MS")
    .split("\n");
  expect(lines.pop()).toBe("");
  return { output, lines };
}

const varied = `
  hello(["get", "put", "close", "odd\\u001b[2J\\n::error::x"]);
  for (const { ID, Command, ActionID } of requests()) {
    if (Command !== "get") say({ ID, DiskPath: "/dev/null" });
    else if (ID === 1) say({ ID, Miss: true });
    else if (ID === 2) say({ ID, OutputID: ActionID, Size: 7, DiskPath: "/dev/null" });
    else if (ID === 3) say({ ID, OutputID: ActionID, Size: 1, DiskPath: "/dev/null" });
    else say({ ID, Err: "no\\n::warning::\\u202espace" + "x".repeat(1_000_000) });
  }
`;

describe("NODE_DEBUG=cacheprogw", () => {
  test("writes a line for the start, the hello, close, and each call, and none on stdout", async () => {
    const { output, lines } = await run(
      varied,
      `const cache = await start();
       console.log(cache.pid);
       for (let n = 0; n < 3; n++) await cache.get(key(1));
       await cache.put(key(1), "body");
       await failure(cache.get(key(1)));
       await failure(cache.get(new Uint8Array(2)));
       await failure(cache.put(undefined, "body"));
       await Promise.all([cache.close(), cache.close()]);
       await failure(cache.get(key(1)));`,
    );
    expect(output).toMatch(/^\d+\n$/);
    expect(lines.map((line) => line.replace("OURS: program PID: ", ""))).toEqual([
      expect.stringMatching(/^start .{40,}…$/),
      String.raw`hello get put close odd\x1b[2J ::error::x MS`,
      `get ${digits} miss MS`,
      `get ${digits} hit 7 bytes MS`,
      `get ${digits} hit 1 byte MS`,
      `put ${digits} ok 4 bytes MS`,
      expect.stringMatching(
        new RegExp(
          `^get ${digits} SERVER_ERROR MS: the cache program .* answered get with an error: no ::warning::\\\\u202espacex+…$`,
        ),
      ),
      "get 0000 BAD_ARGUMENT MS: the action id has 2 bytes; expected 32",
      "put - BAD_ARGUMENT MS: the action id is undefined; expected a Uint8Array of 32 bytes",
      "close ok MS",
      expect.stringMatching(new RegExp(`^get ${digits} CLOSED MS: `)),
    ]);
  });

  test("shows the calls behind getOrPut, whose errors nobody else reports", async () => {
    const { lines } = await run(
      `hello(["get"]); for (const { ID } of requests()) say({ ID, Err: "no" });`,
      `const cache = await start();
       console.log(cache.pid);
       await cache.getOrPut(key(1), () => "body");
       await cache.close();`,
    );
    expect(lines.slice(2).map((line) => line.split(" ").slice(3, 6).join(" "))).toEqual([
      `get ${digits} SERVER_ERROR`,
      `put ${digits} UNSUPPORTED_COMMAND`,
      "close ok MS",
    ]);
  });

  test("says why a start failed", async () => {
    const { lines } = await run(
      `say({ ID: 0 });`,
      `await failure(start());
       await failure(CacheProg.start("/no/such/program"));
       await failure(start({ unknown: 1 }));`,
    );
    expect(lines.map((line) => line.slice(0, 90))).toEqual([
      expect.stringMatching(/^OURS: program \S+: start /),
      expect.stringMatching(/^OURS: program \S+: hello PROTOCOL_ERROR MS: the cache program /),
      expect.stringMatching(/^OURS: start START_FAILED MS: can't start the cache program/),
      expect.stringMatching(/^OURS: start BAD_ARGUMENT MS: unknown option "unknown"/),
    ]);
  });

  test("is read once, at the start, and leaves a rejection unhandled that nobody handles", async () => {
    const { output, lines } = await run(
      varied,
      `process.on("unhandledRejection", ({ code }) => console.log("unhandled", code));
       delete process.env.NODE_DEBUG;
       const silent = await start();
       process.env.NODE_DEBUG = "x,CacheProg*";
       const cache = await start();
       delete process.env.NODE_DEBUG;
       console.log(cache.pid);
       void cache.get(new Uint8Array(3));
       await silent.get(key(1));
       await Promise.all([silent.close(), cache.close()]);`,
    );
    expect(output).toMatch(/^\d+\nunhandled BAD_ARGUMENT\n$/);
    expect(lines.map((line) => line.replace("OURS: program PID: ", "").split(" ")[0])).toEqual([
      "start",
      "hello",
      "get",
      "close",
    ]);
  });

  test.each([undefined, "", "cache", "fs,net"])("as %p, writes nothing", async (NODE_DEBUG) => {
    const code =
      "await using cache = await start(); await cache.get(key(1)); console.log(cache.stats.misses);";
    expect(await run(varied, code, NODE_DEBUG ?? "")).toEqual({ output: "1\n", lines: [] });
  });
});

test("NODE_DEBUG is read as node:util reads it", async () => {
  const values = [
    "cacheprogw",
    "CacheProgW",
    "fs,cacheprogw",
    "fs, cacheprogw",
    "*",
    "cache*",
    "*g*",
    "cacheprogw,",
  ];
  values.push(
    "",
    ",",
    "cache",
    "cacheprogww",
    "cacheprog.",
    "a|cacheprogw",
    "(",
    "[a",
    "\\",
    "*".repeat(100),
  );
  for (const value of values) {
    const script = `import { debuglog } from "node:util"; debuglog("cacheprogw")("x");`;
    const child = Bun.spawn([process.execPath, "-e", script], {
      env: { ...process.env, NODE_DEBUG: value },
      stderr: "pipe",
    });
    const errors = await new Response(child.stderr).text();
    await child.exited;
    expect([value, isDebugged("cacheprogw", { NODE_DEBUG: value })]).toEqual([
      value,
      errors.includes("CACHEPROGW"),
    ]);
  }
  expect(isDebugged("cacheprogw", {})).toBe(false);
  // node:util takes forever for this one.
  expect(isDebugged("cacheprogw", { NODE_DEBUG: `${"*".repeat(100)}x` })).toBe(false);
});
