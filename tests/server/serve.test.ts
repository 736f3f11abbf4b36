import { expect, test } from "bun:test";
import { ArgumentError, CacheProgError } from "../../src/errors.ts";
import { type Handlers, type Hit, type PutRequest, serve } from "../../src/server/index.ts";
import { action, bodyOf, close, get, put, sha256 } from "./client-bytes.ts";
import { MemoryClient } from "./memory-client.ts";

const key = action("a");
const hit: Hit = { outputID: sha256("body"), size: 4, diskPath: "/cache/body" };
const miss: Handlers = { get: () => null, close() {} };

/** Starts a server. Returns its client, which has read the hello. */
async function connect(handlers: Handlers): Promise<{ client: MemoryClient; served: Promise<void> }> {
  const client = new MemoryClient();
  const served = serve(handlers, client);
  await client.next();
  return { client, served };
}

/** The responses to this input, followed by the end of stdin. */
async function answersTo(handlers: Handlers, text: string): Promise<MemoryClient["unread"]> {
  const { client, served } = await connect(handlers);
  client.write(text).end();
  await served;
  return client.unread;
}

async function readAll({ body }: PutRequest): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Lets the event loop turn until the server has nothing left to do but wait for the test. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test("declares its handlers before any request", async () => {
  const path = () => ({ diskPath: "/x" });
  const all: [Handlers, string[]][] = [
    [{ close() {} }, ["close"]],
    [{ put: path, get: () => null }, ["get", "put"]],
    [{ put: path, get: () => null, close() {} }, ["get", "put", "close"]],
  ];
  for (const [handlers, known] of all) {
    const client = new MemoryClient();
    const served = serve(handlers, client);
    expect(await client.next()).toEqual({ ID: 0, KnownCommands: known });
    client.end();
    await served;
  }
});

test("refuses to serve without handlers, and writes nothing", async () => {
  const client = new MemoryClient();
  await expect(serve({}, client)).rejects.toBeInstanceOf(ArgumentError);
  expect(client.writes).toEqual([]);
});

test("answers with every field of a hit, and with a miss for null", async () => {
  const time = Temporal.Instant.from("2026-03-01T12:00:00.25Z");
  const found: Record<string, Hit> = { [key.toHex()]: { ...hit, time } };
  const handlers: Handlers = { get: ({ actionID }) => found[actionID.toHex()] ?? null };
  expect(await answersTo(handlers, get(1, key) + get(2, action("b")))).toEqual([
    {
      ID: 1,
      OutputID: hit.outputID.toBase64(),
      Size: 4,
      Time: "2026-03-01T12:00:00.25Z",
      DiskPath: "/cache/body",
    },
    { ID: 2, Miss: true },
  ]);
});

test("echoes every id exactly", async () => {
  const ids = [5n, 3n, 9n, 2n ** 31n, 2n ** 53n + 1n, 2n ** 63n - 1n, -1n];
  const { client, served } = await connect(miss);
  client.write(ids.map((id) => get(id, key)).join("")).end();
  await served;
  const text = client.writes.slice(1).join("");
  expect(Array.from(text.matchAll(/-?\d+/g), String)).toEqual(ids.map(String));
});

test("passes the ids, the size and the body to a put handler", async () => {
  for (const length of [0, 1, 3, 70_000, 2_000_000]) {
    const seen: unknown[] = [];
    const handlers: Handlers = {
      async put(request) {
        const { actionID, outputID, size } = request;
        seen.push(actionID, outputID, size, sha256(await readAll(request)));
        return { diskPath: "/cache/body" };
      },
    };
    const body = bodyOf(length);
    expect(await answersTo(handlers, put(1, key, body))).toEqual([{ ID: 1, DiskPath: "/cache/body" }]);
    expect(seen).toEqual([key, sha256(body), length, sha256(body)]);
  }
});

test("read() returns buffered chunks without a promise, then always null", async () => {
  const kinds: string[] = [];
  const handlers: Handlers = {
    async put({ body }) {
      await settle();
      for (let next = body.read(); next !== null; next = body.read()) kinds.push(next.constructor.name);
      kinds.push(String(body.read()));
      return { diskPath: "/x" };
    },
  };
  await answersTo(handlers, put(1, key, bodyOf(9)));
  expect(kinds).toEqual(["Uint8Array", "null"]);
});

test("discards the body that a handler doesn't read, reads in part, or refuses", async () => {
  const handlers: Handlers = {
    async put({ id, body }) {
      if (id === 2) for await (const _ of body) break;
      if (id === 3) throw new Error("not today");
      return { diskPath: "/x" };
    },
    get: () => null,
  };
  // More than the server buffers: unless it discards the body, it never reads on.
  const body = new Uint8Array(5_000_000);
  const text = [1, 2, 3].map((id) => put(id, key, body)).join("") + get(4, key);
  const answers = await answersTo(handlers, text);
  expect(answers.sort((a, b) => a.ID - b.ID)).toEqual([
    { ID: 1, DiskPath: "/x" },
    { ID: 2, DiskPath: "/x" },
    { ID: 3, Err: "not today" },
    { ID: 4, Miss: true },
  ]);
});

test("answers with the message of what a handler throws, and goes on", async () => {
  const errors: unknown[] = [new Error("sync"), new Error(""), "text", undefined];
  const handlers: Handlers = {
    get({ id }) {
      if (id === 5) return Promise.reject(new Error("async"));
      if (id === 6) return null;
      throw errors[Number(id) - 1];
    },
  };
  const answers = await answersTo(handlers, [1, 2, 3, 4, 5, 6].map((id) => get(id, key)).join(""));
  const silent = "it failed without a message";
  const texts = answers.sort((a, b) => a.ID - b.ID).map(({ Err }) => Err);
  expect(texts).toEqual(["sync", silent, "text", "undefined", "async", undefined]);
});

test("answers an unknown or undeclared command with an error, and skips its body", async () => {
  const text = put(1, key, bodyOf(5)) + close(2) + get(3, key).replace("get", "get2") + get(4, key);
  const answers = await answersTo({ get: () => null }, text);
  expect(answers.sort((a, b) => a.ID - b.ID)).toEqual([
    { ID: 1, Err: 'unknown command "put"; expected one of: get' },
    { ID: 2, Err: 'unknown command "close"; expected one of: get' },
    { ID: 3, Err: 'unknown command "get2"; expected one of: get' },
    { ID: 4, Miss: true },
  ]);
});

test("answers with an error if an id is missing or isn't 32 bytes", async () => {
  const short = new Uint8Array(31);
  const handlers: Handlers = { ...miss, put: () => ({ diskPath: "/x" }) };
  const text = get(1, short) + get(2, new Uint8Array(0)) + put(3, key, bodyOf(4), { outputID: short });
  expect(await answersTo(handlers, text)).toEqual([
    { ID: 1, Err: "the ActionID of a get is 31 bytes; expected 32" },
    { ID: 2, Err: "the ActionID of a get is 0 bytes; expected 32" },
    { ID: 3, Err: "the OutputID of a put is 31 bytes; expected 32" },
  ]);
});

test("reports a body whose length isn't its BodySize to the handler and the client, and goes on", async () => {
  const seen: unknown[] = [];
  const handlers: Handlers = {
    ...miss,
    async put(request) {
      await readAll(request).catch((error) => seen.push(error.message));
      return { diskPath: "/x" };
    },
  };
  const text = put(1, key, bodyOf(5), { bodySize: 9 }) + get(2, key);
  const answers = await answersTo(handlers, text);
  const Err = "the body of request 1 is 5 bytes long; expected its BodySize of 9";
  expect(answers.sort((a, b) => a.ID - b.ID)).toEqual([
    { ID: 1, Err },
    { ID: 2, Miss: true },
  ]);
  expect(seen).toEqual([Err]);
});

test("a slow get, or a slow put of a small body, delays no other request", async () => {
  const slow = Promise.withResolvers<null>();
  const handlers: Handlers = {
    get: ({ id }) => (id === 1 ? slow.promise : null),
    put: async ({ id }) => {
      if (id === 2) await slow.promise;
      return { diskPath: "/x" };
    },
  };
  const { client, served } = await connect(handlers);
  client.write(get(1, key) + put(2, key, bodyOf(1000)) + get(3, key) + put(4, key, bodyOf(1000)));
  const ids = (await client.take(2)).map(({ ID }) => ID);
  expect(ids.sort()).toEqual([3, 4]);
  slow.resolve(null);
  expect((await client.take(2)).map(({ ID }) => ID).sort()).toEqual([1, 2]);
  client.end();
  await served;
});

test("stops reading while a handler leaves too much of a body unread, and resumes when it reads", async () => {
  const slow = Promise.withResolvers<void>();
  let length = 0;
  const handlers: Handlers = {
    async put({ body }) {
      await slow.promise;
      for await (const chunk of body) length += chunk.length;
      return { diskPath: "/x" };
    },
  };
  const { client, served } = await connect(handlers);
  const body = new Uint8Array(20_000_000);
  const text = put(1, key, body);
  for (let at = 0; at < text.length; at += 65_536) client.write(text.slice(at, at + 65_536));
  const all = client.untaken;
  await settle();
  const taken = (all - client.untaken) * 65_536;
  expect(taken).toBeGreaterThan(4_000_000);
  expect(taken).toBeLessThan(8_000_000);
  slow.resolve();
  expect(await client.next()).toEqual({ ID: 1, DiskPath: "/x" });
  expect(length).toBe(body.length);
  client.end();
  await served;
});

test("keeps reading although the client reads no responses, and loses none", async () => {
  const reading = Promise.withResolvers<void>();
  const handlers: Handlers = {
    get: () => hit,
    put: async (request) => {
      await readAll(request);
      return { diskPath: "/x" };
    },
  };
  const { client, served } = await connect(handlers);
  client.onWrite(() => reading.promise);
  for (let id = 1; id <= 1000; id++) client.write(get(id, key));
  const text = put(1001, key, new Uint8Array(20_000_000));
  for (let at = 0; at < text.length; at += 65_536) client.write(text.slice(at, at + 65_536));
  await settle();
  expect(client.untaken).toBe(0);
  expect(client.unread).toEqual([]);
  client.end();
  reading.resolve();
  await served;
  expect(client.unread).toHaveLength(1001);
});

test("stops reading at 16 MiB of unread responses, and resumes when they are read", async () => {
  const reading = Promise.withResolvers<void>();
  const { client, served } = await connect({ get: () => ({ ...hit, diskPath: "/x".repeat(50_000) }) });
  client.onWrite(() => reading.promise);
  for (let id = 1; id <= 500; id++) client.write(get(id, key));
  client.end();
  await settle();
  expect(500 - client.untaken).toBeLessThan(200);
  reading.resolve();
  await served;
  expect(client.unread).toHaveLength(500);
});

test("answers each of 256 requests in flight once, in the order they finish, many in one write", async () => {
  const waiting: (() => void)[] = [];
  const handlers: Handlers = { get: () => new Promise((resolve) => waiting.push(() => resolve(null))) };
  const { client, served } = await connect(handlers);
  client.write(Array.from({ length: 256 }, (_, id) => get(id + 1, key)).join(""));
  await settle();
  expect(waiting).toHaveLength(256);
  for (const answer of waiting.reverse()) answer();
  const ids = (await client.take(256)).map(({ ID }) => ID);
  expect(ids).toEqual(Array.from({ length: 256 }, (_, at) => 256 - at));
  expect(client.writes).toHaveLength(2);
  client.end();
  await served;
  expect(client.unread).toEqual([]);
});

test("close waits for pending requests, calls its handler once, is answered last, and needs no end of stdin", async () => {
  const slow = Promise.withResolvers<null>();
  const order: string[] = [];
  const handlers: Handlers = {
    get: () => slow.promise.finally(() => order.push("get")),
    close: () => void order.push("close"),
  };
  const { client, served } = await connect(handlers);
  client.write(get(1, key) + close(2) + get(3, key));
  await settle();
  expect(client.unread).toEqual([]);
  slow.resolve(null);
  await served;
  expect(order).toEqual(["get", "close"]);
  expect(client.unread).toEqual([{ ID: 1, Miss: true }, { ID: 2 }]);
  expect(client.released).toBe(true);
});

test("resolves only when every response is written", async () => {
  const reading = Promise.withResolvers<void>();
  const { client, served } = await connect(miss);
  client.onWrite(() => reading.promise);
  client.write(close(1));
  let resolved = false;
  void served.then(() => {
    resolved = true;
  });
  await settle();
  expect(resolved).toBe(false);
  reading.resolve();
  await served;
  expect(client.unread).toEqual([{ ID: 1 }]);
});

test("an error in the close handler is the Err of close; without a close request, serve() rejects with it", async () => {
  const handlers: Handlers = { close: () => Promise.reject(new Error("disk gone")) };
  const asked = await connect(handlers);
  asked.client.write(close(1));
  await asked.served;
  expect(asked.client.unread).toEqual([{ ID: 1, Err: "disk gone" }]);
  const { client, served } = await connect(handlers);
  client.end();
  await expect(served).rejects.toThrow("disk gone");
});

test("stdin may end without close: every request is answered and the close handler called", async () => {
  let closed = 0;
  const answers = await answersTo({ get: async () => null, close: () => void closed++ }, get(1, key));
  expect(answers).toEqual([{ ID: 1, Miss: true }]);
  expect(closed).toBe(1);
});

test("a client that disconnects, on stdin or on stdout, isn't an error", async () => {
  for (const code of ["EPIPE", "ECONNRESET"]) {
    let closed = 0;
    const { client, served } = await connect({ get: () => null, close: () => void closed++ });
    const gone = Object.assign(new Error("gone"), { code });
    if (code === "EPIPE") {
      client.onWrite(() => Promise.reject(gone));
      client.write(get(1, key));
    } else {
      client.fail(gone);
    }
    await served;
    expect(closed).toBe(1);
  }
});

test("a client that disconnects before it reads the hello isn't an error, even if stdin stays open", async () => {
  const client = new MemoryClient();
  client.onWrite(() => {
    throw Object.assign(new Error("gone"), { code: "EPIPE" });
  });
  await serve(miss, client);
  expect(client.writes).toEqual([]);
});

test("a client that disconnects inside a body leaves no handler waiting", async () => {
  const seen: string[] = [];
  const handlers: Handlers = {
    get: () => null,
    async put(request) {
      await readAll(request).catch((error) => seen.push(error.message));
      return { diskPath: "/x" };
    },
  };
  const { client, served } = await connect(handlers);
  client.onWrite(() => Promise.reject(Object.assign(new Error("gone"), { code: "EPIPE" })));
  client.write(get(1, key) + put(2, key, bodyOf(900)).slice(0, 600));
  await served;
  expect(seen).toEqual(["the end of the body is missing"]);
});

test("rejects on a malformed request, after answering the requests before it and closing", async () => {
  const slow = Promise.withResolvers<null>();
  let closed = 0;
  const { client, served } = await connect({ get: () => slow.promise, close: () => void closed++ });
  client.write(`${get(1, key)}garbage`);
  await settle();
  slow.resolve(null);
  const error = await served.catch((error) => error);
  expect(error).toBeInstanceOf(CacheProgError);
  expect(error).toMatchObject({ code: "PROTOCOL_ERROR", message: expect.stringContaining('"garbage"') });
  expect(client.unread).toEqual([{ ID: 1, Miss: true }]);
  expect(closed).toBe(1);
});

test("rejects if stdin can't be read or stdout can't be written", async () => {
  const reading = await connect(miss);
  reading.client.fail(new Error("bad disk"));
  await expect(reading.served).rejects.toMatchObject({
    code: "EXITED",
    message: "can't read stdin: bad disk",
  });
  const writing = await connect(miss);
  writing.client.onWrite(() => Promise.reject(new Error("disk full")));
  writing.client.write(get(1, key));
  await expect(writing.served).rejects.toMatchObject({
    code: "EXITED",
    message: "can't write stdout: disk full",
  });
});

test("a forgotten read() that fails later isn't an unhandled rejection", async () => {
  const failed = Promise.withResolvers<void>();
  const handlers: Handlers = {
    async put({ body }) {
      void body.read();
      await failed.promise;
      return { diskPath: "/x" };
    },
  };
  const { client, served } = await connect(handlers);
  const failure = served.catch((error) => error);
  client.write(put(1, key, bodyOf(900)).split('"AAEC')[0] ?? "").end();
  await settle();
  failed.resolve();
  expect(await failure).toHaveProperty(
    "message",
    "stdin ended inside the body of request 1, after 0 of 900 bytes",
  );
});

test("refuses a read() before the last one has finished", async () => {
  const handlers: Handlers = {
    async put({ body }) {
      void body.read();
      await body.read();
      return { diskPath: "/x" };
    },
  };
  const answers = await answersTo(handlers, put(1, key, bodyOf(9)));
  expect(answers).toEqual([
    { ID: 1, Err: "read() was called before the last one finished; wait for its promise first" },
  ]);
});

test("stops reading at 16,384 pending requests, and resumes when one finishes", async () => {
  const waiting: (() => void)[] = [];
  const handlers: Handlers = { get: () => new Promise((resolve) => waiting.push(() => resolve(null))) };
  const { client, served } = await connect(handlers);
  for (let at = 0; at < 20; at++) client.write(get(1, key).repeat(1000));
  client.end();
  await settle();
  expect(waiting).toHaveLength(16_384);
  for (const answer of waiting.splice(0)) answer();
  await settle();
  expect(waiting).toHaveLength(20_000 - 16_384);
  for (const answer of waiting) answer();
  await served;
});

test("answers with an error if a handler returns an invalid result, and goes on", async () => {
  const wrong: Hit = JSON.parse('{"outputID":"text","size":1,"diskPath":"/x"}');
  const handlers: Handlers = { get: ({ id }) => (id === 1 ? wrong : null) };
  const [first, second] = await answersTo(handlers, get(1, key) + get(2, key));
  expect(first).toEqual({ ID: 1, Err: expect.stringContaining("toBase64") });
  expect(second).toEqual({ ID: 2, Miss: true });
});
