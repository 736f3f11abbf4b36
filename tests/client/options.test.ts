import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { startSettings } from "../../src/client/options.ts";
import { CacheProg } from "../../src/index.ts";
import { guardEachTest, temporaryDirectory } from "./guard.ts";
import { emptyCache, failure, key, play, scripted } from "./scripted.ts";

guardEachTest();
const directory = temporaryDirectory();

/** An array whose memory was transferred, as by postMessage. */
function transferred(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  bytes.buffer.transfer();
  return bytes;
}

const wrong: [option: string, value: unknown][] = [
  ["handshakeTimeout", 0],
  ["handshakeTimeout", -1],
  ["handshakeTimeout", Number.NaN],
  ["handshakeTimeout", "5"],
  ["handshakeTimeout", null],
  ["responseTimeout", 0],
  ["responseTimeout", -0.5],
  ["responseTimeout", Number.NEGATIVE_INFINITY],
  ["responseTimeout", 5n],
  ["closeTimeout", 0],
  ["closeTimeout", Number.NaN],
  ["closeTimeout", "never"],
  ["produceLimit", 0],
  ["produceLimit", 1.5],
  ["produceLimit", -1],
  ["produceLimit", Number.NaN],
  ["produceLimit", "2"],
  ["produceLimit", null],
  ["env", null],
  ["env", "PATH=/bin"],
  ["env.PORT", 5],
  ["env.PORT", null],
  ["env.PORT", "5\0"],
  ["env.PORT", "5\ud800"],
  ["env.\udc00", "5"],
  ["cwd", 5],
  ["cwd", ""],
  ["cwd", "/tmp\0"],
  ["cwd", "/tmp/\ud800"],
  ["cwd", null],
  ["signal", "SIGTERM"],
  ["signal", null],
  ["signal", {}],
  ["stderr", "pipe"],
  ["stderr", null],
  ["stderr", 2],
  ["legacyObjectID", 1],
  ["legacyObjectID", "yes"],
  ["timeout", 5],
  ["handshaketimeout", 5],
];

describe("start rejects an invalid option by name, before it starts anything:", () => {
  test.each(wrong)("%s %p", async (option, value) => {
    const marker = join(directory, "started");
    const options = option.startsWith("env.") ? { env: { [option.slice(4)]: value } } : { [option]: value };
    const script = `fs.writeFileSync(${JSON.stringify(marker)}, ""); ${emptyCache}`;
    // @ts-expect-error: this is what a caller without types may pass
    const error = await failure(CacheProg.start(scripted(script), options));
    expect(error).toMatchObject({ code: "BAD_ARGUMENT", name: "ArgumentError" });
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toContain(option);
    expect(existsSync(marker)).toBe(false);
  });

  test.each([[null], ["5"], [5]])("options that aren't an object: %p", async (options) => {
    // @ts-expect-error: this is what a caller without types may pass
    const error = await failure(CacheProg.start(scripted(emptyCache), options));
    expect(error).toMatchObject({ code: "BAD_ARGUMENT" });
  });
});

test("an option that is undefined counts as missing", async () => {
  const { cache } = await play(emptyCache, {
    env: undefined,
    cwd: undefined,
    signal: undefined,
    handshakeTimeout: undefined,
    responseTimeout: undefined,
    closeTimeout: undefined,
    legacyObjectID: undefined,
  });
  expect(await cache.get(key(1), { signal: undefined })).toBeNull();
  await cache.close();
});

test("the defaults are as documented", () => {
  expect(startSettings({})).toEqual({
    env: process.env,
    cwd: undefined,
    signal: undefined,
    stderr: "inherit",
    handshakeTimeout: 5_000,
    responseTimeout: 30_000,
    closeTimeout: Number.POSITIVE_INFINITY,
    legacyObjectID: false,
    produceLimit: Number.POSITIVE_INFINITY,
  });
});

test("a call rejects invalid options before anything is sent, and the connection stays open", async () => {
  const { cache, log } = await play(`
    hello();
    for (const { ID, Command } of requests()) { log("request " + ID); say({ ID, Miss: true }); }
  `);
  const [action, bytes, produce] = [key(1), "body", () => "body"];
  const calls: [string, (wrong: unknown) => Promise<unknown>][] = [
    // @ts-expect-error: these are what a caller without types may pass
    ["unknown option", (options) => cache.get(action, options)],
    // @ts-expect-error
    ["unknown option", (options) => cache.put(action, bytes, options)],
    // @ts-expect-error
    ["unknown option", (options) => cache.getFile(action, options)],
    // @ts-expect-error
    ["unknown option", (options) => cache.getBytes(action, options)],
    // @ts-expect-error
    ["unknown option", (options) => cache.getOrPut(action, produce, options)],
  ];
  for (const [message, call] of calls) {
    const error = await failure(call({ timeout: 5 }));
    expect(error).toMatchObject({ code: "BAD_ARGUMENT" });
    expect(error.message).toContain(`${message} "timeout"`);
    expect((await failure(call({ signal: "now" }))).message).toContain("option signal");
    expect((await failure(call(null))).code).toBe("BAD_ARGUMENT");
  }
  // @ts-expect-error
  expect((await failure(cache.getOrPut(action, "body"))).message).toContain('produce is "body"');
  expect(await cache.get(action)).toBeNull();
  expect(log.all).toEqual(["request 1"]);
  await cache.close();
});

describe("an id is rejected unless it's a Uint8Array of 32 bytes:", () => {
  test.each([
    [new Uint8Array(31), "31 bytes"],
    [new Uint8Array(33), "33 bytes"],
    [new Uint8Array(0), "0 bytes"],
    [new Uint16Array(32), "expected a Uint8Array"],
    [new ArrayBuffer(32), "expected a Uint8Array"],
    [Array.from({ length: 32 }, () => 0), "expected a Uint8Array"],
    ["a".repeat(32), "expected a Uint8Array"],
    [null, "expected a Uint8Array"],
    [undefined, "expected a Uint8Array"],
  ])("%p", async (id, message) => {
    const { cache } = await play(emptyCache);
    const calls: ((id: unknown) => unknown)[] = [
      // @ts-expect-error: these are what a caller without types may pass
      (id) => cache.get(id),
      // @ts-expect-error
      (id) => cache.put(id, "body"),
      // @ts-expect-error
      (id) => cache.getFile(id),
      // @ts-expect-error
      (id) => cache.getBytes(id),
      // @ts-expect-error
      (id) => cache.getOrPut(id, () => "body"),
      // @ts-expect-error
      (id) => cache.outputFile(id),
    ];
    for (const call of calls) {
      const error = await failure((async () => call(id))());
      expect(error).toMatchObject({ code: "BAD_ARGUMENT", name: "ArgumentError" });
      expect(error.message).toContain(message);
    }
    await cache.close();
  });

  test("a Buffer of 32 bytes is accepted", async () => {
    const { cache } = await play(emptyCache);
    expect(await cache.get(Buffer.alloc(32))).toBeNull();
    await cache.close();
  });
});

describe("a body is rejected unless it's bytes, text, a Blob or a stream:", () => {
  test.each([
    [null],
    [undefined],
    [5],
    [{}],
    [["a"]],
    [new Uint16Array(2)],
    [[new ReadableStream()]],
    [new WritableStream()],
    [new Request("http://localhost/")],
    [Promise.resolve("a")],
    ["\ud800"],
    ["a\udc00b"],
    [transferred(new Uint8Array(9))],
    [transferred(new Uint8Array(9)).buffer],
  ])("%p", async (body) => {
    const { cache } = await play(emptyCache);
    // @ts-expect-error: this is what a caller without types may pass
    const error = await failure(cache.put(key(1), body));
    expect(error).toMatchObject({ code: "BAD_ARGUMENT" });
    expect(error.message).toMatch(/^the body (is|has|no longer has)/);
    await cache.close();
  });
});
