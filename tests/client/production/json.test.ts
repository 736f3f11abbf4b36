import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CacheProg } from "../../../src/index.ts";
import { guardEachTest, temporaryDirectory } from "../guard.ts";
import { failure, key, play, sha256 } from "../scripted.ts";
import type { Lines } from "../stderr-lines.ts";

guardEachTest();
const directory = temporaryDirectory();
const path = join(directory, "body");

/** Keeps one body, and logs each command. */
const store = `
  hello();
  let entry;
  for (const { ID, Command, OutputID, BodySize = 0, Body = "" } of requests()) {
    log(Command);
    if (Command === "put") {
      fs.writeFileSync("${path}", Buffer.from(Body, "base64"));
      entry = { OutputID, Size: BodySize, DiskPath: "${path}" };
      say({ ID, DiskPath: "${path}" });
    } else say({ ID, ...(entry ?? { Miss: true }) });
  }
`;

async function withStore(act: (cache: CacheProg, log: Lines) => Promise<void>): Promise<void> {
  const { cache, log } = await play(store);
  await act(cache, log);
  await cache.close();
}

const never = (): never => expect.unreachable();

describe("getOrPutJSON", () => {
  test.each<[string, unknown]>([
    ["null", null],
    ["false", false],
    ["a number", -1.5e300],
    ["an empty string", ""],
    ["text with a lone surrogate and NUL", "ä\ud800\0\u2028"],
    ["nested arrays and objects", { a: [1, [2, { b: null }], []], "": {}, __proto__: null }],
    ["an object without a prototype", Object.assign(Object.create(null), { a: 1 })],
    ["the same object twice", ((shared) => [shared, shared])({ a: 1 })],
  ])("returns a value as it was, from a miss and a hit: %s", async (_, value) => {
    await withStore(async (cache) => {
      const first = await cache.getOrPutJSON(key(1), () => value);
      const second = await cache.getOrPutJSON<unknown>(key(1), never);
      expect([first.entry.hit, second.entry.hit]).toEqual([false, true]);
      const text = JSON.stringify(value);
      expect([first.value, second.value].map((made) => JSON.stringify(made))).toEqual([text, text]);
      expect(readFileSync(path, "utf8")).toBe(text);
    });
  });

  test("is typed by what produce returns, and awaits it", async () => {
    await withStore(async (cache) => {
      const { value, entry } = await cache.getOrPutJSON(key(1), async () => ({
        names: ["a"],
        optional: undefined,
      }));
      const names: string[] = value.names;
      expect([names, Object.keys(value), entry.stored]).toEqual([["a"], ["names"], true]);
      interface Config {
        readonly port: number;
      }
      const config = await cache.getOrPutJSON<Config>(key(2), () => ({ port: 80 }));
      expect(Object.keys(config.value)).toEqual(["names"]); // the type is the caller's word
    });
  });

  const within: object[] = [];
  within.push({ within });
  let deep: unknown = 1;
  for (let n = 0; n < 1_000_000; n++) deep = [deep];
  test.each<[string, unknown, string]>([
    ["undefined", undefined, "value is undefined"],
    ["a function", () => 1, "value is a function"],
    ["a symbol", Symbol("x"), "value is Symbol(x)"],
    ["a bigint", { a: [5n] }, 'value["a"][0] is 5n'],
    ["NaN", [Number.NaN], "value[0] is NaN"],
    ["Infinity", { x: Number.NEGATIVE_INFINITY }, 'value["x"] is -Infinity'],
    ["undefined in an array", [1, undefined], "value[1] is undefined"],
    ["a hole", Array(2), "value[0] is undefined"],
    [
      "an array with a property",
      Object.assign([1], { x: 1 }),
      "value is an array with properties of its own",
    ],
    ["a function in an object", { f() {} }, 'value["f"] is a function'],
    ["a Date", { at: new Date(0) }, 'value["at"] is a Date'],
    ["a Map", new Map(), "value is a Map"],
    ["bytes", new Uint8Array(2), "value is a Uint8Array"],
    ["an object of a class", new (class Thing {})(), "value is a Thing"],
    ["a boxed number", Object(5), "value is a Number"],
    ["an object with toJSON", { toJSON: () => 1 }, "value is an object with toJSON"],
    ["a symbol as a key", { [Symbol("x")]: 1 }, "value is an object with symbols as keys"],
    ["a value that contains itself", within, 'value[0]["within"] is an object that contains itself'],
    ["a value too deep for the stack", deep, "the value can't be written as JSON: "],
    [
      "a getter that throws",
      {
        get a() {
          throw new Error("a trap");
        },
      },
      "the value can't be written as JSON: a trap",
    ],
  ])("refuses what JSON can't represent, and stores nothing: %s", async (_, value, message) => {
    await withStore(async (cache, log) => {
      const error = await failure(cache.getOrPutJSON<unknown>(key(1), () => value));
      expect(error).toMatchObject({ code: "BAD_ARGUMENT" });
      expect(error.message).toContain(message);
      expect(await cache.getOrPutJSON(key(1), () => 1)).toMatchObject({ value: 1, entry: { hit: false } });
      expect(log.all).toEqual(["get", "get", "put"]);
    });
  });

  test.each([
    ["isn't JSON", "not JSON"],
    ["is empty", ""],
    ["is cut off", '{"a":'],
    ["isn't UTF-8", new Uint8Array([0x22, 0xff, 0x22])],
    ["begins with a byte order mark", "\ufeff1"],
  ])("takes a cached body that %s for a miss", async (_, body) => {
    await withStore(async (cache) => {
      await cache.put(key(1), body);
      expect(await cache.getOrPutJSON(key(1), () => 5)).toMatchObject({
        value: 5,
        entry: { hit: false, stored: true },
      });
      expect(await cache.getOrPutJSON(key(1), never)).toMatchObject({ entry: { hit: true } });
    });
  });

  test("takes damaged content for a miss, even if it's JSON", async () => {
    await withStore(async (cache) => {
      await cache.getOrPutJSON(key(1), () => 5);
      writeFileSync(path, "6");
      expect(await cache.getOrPutJSON(key(1), () => 5)).toMatchObject({ value: 5, entry: { hit: false } });
    });
  });

  test("gives each of several callers a value of its own", async () => {
    await withStore(async (cache, log) => {
      for (const from of ["a miss", "a hit"]) {
        const produce = from === "a miss" ? () => ({ list: [1] }) : never;
        const all = await Promise.all(
          [1, 2, 3].map(() => cache.getOrPutJSON<{ list: number[] }>(key(1), produce)),
        );
        all[0]?.value.list.push(2);
        expect(all.map(({ value }) => value.list.length)).toEqual([2, 1, 1]);
      }
      expect(log.all).toEqual(["get", "put", "get"]);
    });
  });

  test("that waits for a getOrPut of a body that isn't JSON produces afterwards", async () => {
    await withStore(async (cache, log) => {
      const [entry, json] = await Promise.all([
        cache.getOrPut(key(1), () => "not JSON"),
        cache.getOrPutJSON(key(1), () => 5),
      ]);
      expect([entry.outputID, json.value]).toEqual([sha256("not JSON"), 5]);
      expect(log.all).toEqual(["get", "put", "get", "put"]);
    });
  });

  test("returns the value if nothing is stored", async () => {
    const { cache } = await play(`hello(); for (const _ of requests()) process.exit(1)`);
    const all = await Promise.all([1, 2].map(() => cache.getOrPutJSON(key(1), () => ({ a: 1 }))));
    for (const { value, entry } of all)
      expect({ value, stored: entry.stored }).toEqual({ value: { a: 1 }, stored: false });
    expect(await cache.getOrPutJSON(key(1), never)).toMatchObject({ value: { a: 1 } });
    await cache.close();
  });

  test("refuses a wrong argument, and has no option verify", async () => {
    await withStore(async (cache) => {
      // @ts-expect-error
      expect((await failure(cache.getOrPutJSON(key(1), "x"))).message).toContain("returns the value");
      // @ts-expect-error
      expect((await failure(cache.getOrPutJSON(key(1), never, { verify: true }))).message).toContain(
        "verify",
      );
      expect((await failure(cache.getOrPutJSON(new Uint8Array(3), never))).code).toBe("BAD_ARGUMENT");
      const signal = AbortSignal.abort();
      expect((await failure(cache.getOrPutJSON(key(1), never, { signal }))).code).toBe("ABORTED");
    });
  });
});
