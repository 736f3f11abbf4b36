import { describe, expect, test } from "bun:test";
import { CacheProg } from "../../src/index.ts";
import { Fifo } from "./fifo.ts";
import { checkOpenFiles, guardEachTest, openFiles, temporaryDirectory } from "./guard.ts";
import { isAlive, leftProcesses } from "./processes.ts";
import { emptyCache, failure, key, play, scripted } from "./scripted.ts";
import { Lines } from "./stderr-lines.ts";

guardEachTest();
const directory = temporaryDirectory();

describe("start", () => {
  test("resolves with the declared commands and the pid", async () => {
    const { cache, log } = await play(
      `hello(["put", "get", "fetch", "put"]); log("pid " + process.pid); for (const _ of requests());`,
    );
    expect([...cache.commands]).toEqual(["put", "get", "fetch"]);
    expect(String(cache.pid)).toBe(await log.after("pid "));
    await cache.close();
  });

  test("ignores an error in the hello", async () => {
    const { cache } = await play(`
      say({ ID: 0, Err: "not now", KnownCommands: ["get"] });
      for (const { ID } of requests()) say({ ID, Miss: true });
    `);
    expect(await cache.get(key(1))).toBeNull();
    await cache.close();
  });

  test("accepts a hello that comes byte by byte, over several lines, with keys in any case", async () => {
    const { cache } = await play(`
      for (const byte of ' \\n{\\n "knowncommands": [\\n "get" ],\\n "iD": 0 }') {
        raw(byte);
        await new Promise((resolve) => setImmediate(resolve));
      }
      for (const _ of requests());
    `);
    expect([...cache.commands]).toEqual(["get"]);
    await cache.close();
  });

  test("accepts a hello without an ID, as go does", async () => {
    const { cache } = await play(
      `say({ KnownCommands: ["close"] }); for (const { ID } of requests()) say({ ID })`,
    );
    expect([...cache.commands]).toEqual(["close"]);
    await cache.close();
  });

  test("waits for a late hello when handshakeTimeout is Infinity", async () => {
    const fifo = new Fifo(directory);
    const options = { handshakeTimeout: Number.POSITIVE_INFINITY };
    const starting = play(`gate(${JSON.stringify(fifo.path)}); ${emptyCache}`, options);
    await fifo.open();
    await (await starting).cache.close();
  });

  test.each([2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53])(
    "accepts timeouts of %d ms, which don't fire at once",
    async (ms) => {
      const { cache } = await play(emptyCache, {
        handshakeTimeout: ms,
        responseTimeout: ms,
        closeTimeout: ms,
      });
      expect(await cache.get(key(1))).toBeNull();
      await cache.close();
    },
  );
});

/** What a program can do wrong at the start. */
const failures: [name: string, code: string, script: string, message: RegExp][] = [
  ["sends nothing", "TIMEOUT", "hang()", /sent no hello within 300 ms/],
  ["sends half a hello", "TIMEOUT", `raw('{"ID":0,"KnownCommands":["get"]'); hang()`, /sent no hello/],
  [
    "sends a hello with an ID",
    "PROTOCOL_ERROR",
    `say({ ID: 5, KnownCommands: ["get"] }); hang()`,
    /ID 5; expected/,
  ],
  ["declares nothing", "PROTOCOL_ERROR", `say({ ID: 0 }); hang()`, /no supported commands/],
  [
    "declares an empty list",
    "PROTOCOL_ERROR",
    `say({ ID: 0, KnownCommands: [] }); hang()`,
    /no supported commands/,
  ],
  ["declares null", "PROTOCOL_ERROR", `say({ ID: 0, KnownCommands: null }); hang()`, /no supported commands/],
  ["sends null", "PROTOCOL_ERROR", `raw("null"); hang()`, /no supported commands/],
  [
    "logs a JSON object first",
    "PROTOCOL_ERROR",
    `say({ level: "info" }); hello(); hang()`,
    /no supported commands/,
  ],
  ["logs text first", "PROTOCOL_ERROR", `raw("starting up\\n"); hello(); hang()`, /isn't a response/],
  [
    "exits with a code",
    "EXITED",
    `log("no license"); process.exit(3)`,
    /exited with code 3.*\n {2}no license$/s,
  ],
  ["exits with code 0", "EXITED", `process.exit(0)`, /exited with code 0/],
  ["kills itself", "EXITED", `process.kill(process.pid, "SIGKILL"); hang()`, /was killed by SIGKILL/],
  ["closes its stdout", "EXITED", `fs.closeSync(1); hang()`, /closed its stdout but is still running/],
  [
    "exits in the middle of its hello",
    "EXITED",
    `raw('{"ID":0,"Kno'); process.exit(1)`,
    /exited with code 1/,
  ],
  [
    "ignores SIGTERM and the end of stdin",
    "TIMEOUT",
    `process.on("SIGTERM", () => {}); hang()`,
    /sent no hello/,
  ],
];

describe("start rejects, with the process gone and its pipes closed, if the program", () => {
  test.each(failures)("%s: %s", async (_, code, script, message) => {
    const lines = new Lines();
    const open = openFiles();
    const options = { stderr: lines.add, handshakeTimeout: code === "TIMEOUT" ? 300 : 5_000 };
    const error = await failure(CacheProg.start(scripted(`log("pid " + process.pid); ${script}`), options));
    // On a busy machine, it may be over before it has said who it is.
    const pids = lines.all.flatMap((line) => (line.startsWith("pid ") ? Number(line.slice(4)) : []));
    expect(pids.filter(isAlive)).toEqual([]);
    expect(leftProcesses()).toEqual([]);
    await checkOpenFiles(open);
    expect<string>(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.message).toContain(process.execPath);
  });

  test("is starting when the signal is aborted: ABORTED, with the reason as the cause", async () => {
    const lines = new Lines();
    const controller = new AbortController();
    const { signal } = controller;
    const starting = failure(
      CacheProg.start(scripted(`log("pid " + process.pid); hang()`), { stderr: lines.add, signal }),
    );
    const pid = Number(await lines.after("pid "));
    controller.abort("changed my mind");
    const error = await starting;
    expect(error).toMatchObject({ code: "ABORTED", cause: "changed my mind" });
    expect(isAlive(pid)).toBe(false);
  });
});

describe("a signal", () => {
  test("that is already aborted starts nothing", async () => {
    const signal = AbortSignal.abort("too late");
    const error = await failure(CacheProg.start(["/there/is/no/such/program"], { signal }));
    expect(error).toMatchObject({ code: "ABORTED", cause: "too late" });
  });

  test("that is aborted after the start has no effect", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const { cache } = await play(emptyCache, { signal });
    controller.abort("too late");
    expect(await cache.get(key(1))).toBeNull();
    await cache.close();
  });
});
