import { expect, test } from "bun:test";
import {
  ArgumentError,
  CacheProg,
  CacheProgError,
  copyEntry,
  fileHash,
  Hash,
  type PutResult,
  subkey,
} from "../../src/index.ts";
import { joinCommand } from "../../src/wire/command-line.ts";
import { guardEachTest } from "./guard.ts";
import { emptyCache, key, play, scripted } from "./scripted.ts";

guardEachTest();

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** An object that throws whenever it's inspected. */
function throwing(target: object): object {
  const refuse = () => {
    throw new Error("a trap");
  };
  return new Proxy(target, { get: refuse, ownKeys: refuse, getPrototypeOf: refuse });
}

function transferred(): Uint8Array {
  const bytes = new Uint8Array(32);
  bytes.buffer.transfer();
  return bytes;
}

function outOfBounds(): Uint8Array {
  const buffer = new ArrayBuffer(64, { maxByteLength: 64 });
  const bytes = new Uint8Array(buffer, 0, 32);
  buffer.resize(5);
  return bytes;
}

const { signal } = new AbortController();
const getter = {
  get signal(): never {
    throw new Error("a getter");
  },
};

/** What a caller without types may pass, and a malicious one. */
const odd: Record<string, unknown> = {
  undefined,
  null: null,
  zero: 0,
  NaN: Number.NaN,
  bigint: 5n,
  symbol: Symbol("x"),
  empty: "",
  text: "x",
  NUL: "a\0",
  surrogate: "\ud800",
  "a long text": "x".repeat(1_000_000),
  object: {},
  "an object without a prototype": Object.create(null),
  array: [],
  function: () => 1,
  class: class {},
  promise: Promise.resolve(1),
  "32 bytes": new Uint8Array(32),
  "no bytes": new Uint8Array(0),
  "transferred bytes": transferred(),
  "a transferred buffer": transferred().buffer,
  "bytes out of bounds": outOfBounds(),
  "shared bytes": new Uint8Array(new SharedArrayBuffer(32)),
  "a shared buffer": new SharedArrayBuffer(32),
  "a DataView": new DataView(new ArrayBuffer(32)),
  "a Proxy of bytes": new Proxy(new Uint8Array(32), {}),
  "an object that inherits from bytes": Object.create(Uint8Array.prototype),
  "an object that inherits from a buffer": Object.create(ArrayBuffer.prototype),
  "an object that inherits from a Blob": Object.create(Blob.prototype),
  "a Proxy of a Blob": new Proxy(new Blob(["x"]), {}),
  "an object that inherits from a stream": Object.create(ReadableStream.prototype),
  "a Proxy of a stream": new Proxy(new ReadableStream(), {}),
  "a stream of itself": new ReadableStream({ pull: (controller) => controller.enqueue(controller) }),
  "a stream of symbols": new ReadableStream({ pull: (controller) => controller.enqueue(Symbol("x")) }),
  "an object that inherits from a Response": Object.create(Response.prototype),
  "a Proxy of a Response": new Proxy(new Response("x"), {}),
  "a Response with another body": Object.defineProperty(new Response("x"), "body", { value: 5 }),
  "an iterable without an iterator": { [Symbol.asyncIterator]() {} },
  "an iterable that throws": { [Symbol.asyncIterator]: () => throwing({}) },
  "an iterable of traps": { [Symbol.asyncIterator]: () => ({ next: () => throwing({}) }) },
  "an iterable that is odd at its end": {
    [Symbol.asyncIterator]: () => ({ next: () => ({ value: 1 }), return: 5 }),
  },
  "a revoked object": revoked({}),
  "a revoked array": revoked([]),
  "an object of traps": throwing({}),
  "an array of traps": throwing([]),
  "a directory": Bun.file("/"),
  "a File with a name": new File(["x"], "\ud800\0"),
  "a Blob with another stat": Object.assign(new Blob(["x"]), { stat: () => ({}) }),
  "a Blob whose stat throws": Object.assign(new Blob(["x"]), { stat: () => Promise.reject(undefined) }),
  "a Blob without slices": Object.assign(new Blob(["x"]), { slice: 5 }),
  "options that throw": getter,
  "an object that inherits from a signal": { signal: Object.create(AbortSignal.prototype) },
  "a Proxy of a signal": { signal: new Proxy(signal, {}) },
  "a revoked signal": { signal: revoked(signal) },
  "a signal with an odd reason": { signal: AbortSignal.abort(Symbol("reason")) },
  "env that throws": { env: throwing({}) },
  "env with odd names": { env: { "A=B": "x", "": "y" } },
  "a long cwd": { cwd: `/${"x".repeat(100_000)}` },
  "an array with a hole": Array(2),
  "an array of symbols": [Symbol("x")],
  "an array with a long argument": ["true", "x".repeat(3_000_000)],
};

/** The error of a call, or undefined if it succeeds. */
async function outcome(call: (value: never) => unknown, value: unknown): Promise<unknown> {
  try {
    // The values break the types on purpose.
    await call(value as never);
    return undefined;
  } catch (error) {
    return error;
  }
}

function isOurs(error: unknown): boolean {
  const ours = error instanceof CacheProgError || error instanceof ArgumentError;
  return error === undefined || (ours && error.message.length < 5_000);
}

test("any argument leads to a result or an error of cacheprogw, and the connection stays open", async () => {
  const { cache } = await play(emptyCache);
  const [action, body] = [key(1), "body"];
  const env = { ...process.env, GOCACHEPROG: joinCommand(scripted(emptyCache)) };
  const calls: Record<string, (value: never) => unknown> = {
    // Without a command, it starts the one in GOCACHEPROG.
    "start(command)": async (value) =>
      (await CacheProg.start(value, { handshakeTimeout: 60_000, env })).close(),
    "start(options)": (value) => CacheProg.start("/nowhere/at/all", value),
    "get(action)": (value) => cache.get(value),
    "get(options)": (value) => cache.get(action, value),
    "put(action)": (value) => cache.put(value, body),
    "put(body)": (value) => cache.put(action, value),
    "put(options)": (value) => cache.put(action, body, value),
    "getFile(action)": (value) => cache.getFile(value),
    "getFile(options)": (value) => cache.getFile(action, value),
    "getBytes(action)": (value) => cache.getBytes(value),
    "getBytes(options)": (value) => cache.getBytes(action, value),
    "getOrPut(action)": (value) => cache.getOrPut(value, () => body),
    "getOrPut(options)": (value) => cache.getOrPut(action, () => body, value),
    "outputFile(output)": (value) => cache.outputFile(value),
    "Hash(salt)": (value) => new Hash(value),
    "Hash.update(data)": (value) => new Hash("").update(value),
    "Hash.forGo(version)": (value) => Hash.forGo(value),
    "subkey(parent)": (value) => subkey(value, "x"),
    "subkey(description)": (value) => subkey(action, value),
    "fileHash(path)": (value) => fileHash(value),
    "copyEntry(entry)": (value) => copyEntry(value, "/nowhere/at/all"),
    "copyEntry(path)": (value) => copyEntry(missing, value),
    "copyEntry(options)": (value) => copyEntry(missing, "/nowhere/at/all", value),
  };
  const missing: PutResult = { outputID: key(1), size: 1, diskPath: "/nowhere/at/all" };
  const foreign: Record<string, unknown> = {};
  for (const [name, call] of Object.entries(calls)) {
    for (const [what, value] of Object.entries(odd)) {
      const error = await outcome(call, value);
      if (!isOurs(error)) foreign[`${name}: ${what}`] = error;
    }
  }
  expect(foreign).toEqual({});
  expect(await cache.get(action)).toBeNull();
  await cache.close();
});

test("any value from getOrPut's produce leads to an entry or an error of cacheprogw", async () => {
  const { cache } = await play(emptyCache);
  const foreign: Record<string, unknown> = {};
  for (const [what, value] of Object.entries(odd)) {
    // A promise reads `then` of its value. If that throws, the error is produce's own.
    if (/revoked|traps/.test(what)) continue;
    const error = await outcome((body) => cache.getOrPut(key(1), () => body), value);
    if (!isOurs(error)) foreign[what] = error;
  }
  expect(foreign).toEqual({});
  await cache.close();
});
