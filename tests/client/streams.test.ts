import { describe, expect, test } from "bun:test";
import { createReadStream, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { Random } from "../../fixtures/random.ts";
import type { Body, CacheProg } from "../../src/index.ts";
import { Fifo } from "./fifo.ts";
import { guardEachTest, openFiles, temporaryDirectory } from "./guard.ts";
import { emptyCache, failure, key, play, sha256 } from "./scripted.ts";

guardEachTest();
const directory = temporaryDirectory();
const mib = 1024 ** 2;

/** Answers each put with what it got, as its DiskPath: OutputID, BodySize, and the body's length and SHA-256. */
const reporter = `
  hello();
  for (const { ID, Command, OutputID, BodySize, Body } of requests()) {
    log(Command);
    if (Command !== "put") { say({ ID, Miss: true }); continue; }
    const bytes = Buffer.from(Body ?? "", "base64");
    const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("base64");
    say({ ID, DiskPath: JSON.stringify({ OutputID, BodySize: BodySize ?? 0, length: bytes.length, sha256 }) });
  }
`;

async function expectPut(cache: CacheProg, body: Body, bytes: Uint8Array): Promise<void> {
  const result = await cache.put(key("body"), body);
  const outputID = sha256(bytes);
  const sum = outputID.toBase64();
  const got: unknown = JSON.parse(result.diskPath);
  expect(got).toEqual({ OutputID: sum, BodySize: bytes.length, length: bytes.length, sha256: sum });
  expect(result).toMatchObject({ outputID, size: bytes.length });
}

async function* pieces<T extends Uint8Array | string>(all: T, length: number): AsyncGenerator<T> {
  for (let at = 0; at < all.length; at += length) yield all.slice(at, at + length) as T;
}

/** A source that says when it was cancelled, and with what. */
class Watched {
  readonly cancelled = Promise.withResolvers<unknown>();
  /** Resolves when the first chunk is asked for. */
  readonly begun = Promise.withResolvers<void>();
  isCancelled = false;

  /** A stream of these chunks that never ends. */
  stream(...chunks: unknown[]): ReadableStream {
    return new ReadableStream(
      {
        pull: (controller) => {
          this.begun.resolve();
          if (chunks.length === 0) return new Promise(() => {});
          controller.enqueue(chunks.shift());
          return undefined;
        },
        cancel: (reason) => this.#cancel(reason),
      },
      { highWaterMark: 0 },
    );
  }

  /** The same as an iterator, whose next() stays pending at the end. */
  iterable(...chunks: unknown[]): AsyncIterable<Uint8Array | string> {
    const next = () => {
      this.begun.resolve();
      // Tests of odd chunks break the type on purpose.
      const value = chunks.shift() as Uint8Array;
      return value === undefined ? new Promise<never>(() => {}) : Promise.resolve({ done: false, value });
    };
    return {
      [Symbol.asyncIterator]: () => ({
        next,
        return: async () => {
          this.#cancel(undefined);
          return { done: true as const, value: undefined };
        },
      }),
    };
  }

  /** The same as a stream of node:stream. */
  readable(...chunks: string[]): Readable {
    const watched = this;
    return new Readable({
      read() {
        watched.begun.resolve();
        const chunk = chunks.shift();
        if (chunk !== undefined) this.push(chunk);
      },
      destroy(_, done) {
        watched.#cancel(undefined);
        done(null);
      },
    });
  }

  #cancel(reason: unknown): void {
    this.isCancelled = true;
    this.cancelled.resolve(reason);
  }
}

/** The temporary files of this library that have a name. */
function spoolNames(): string[] {
  return readdirSync(tmpdir()).filter((name) => /^cacheprogw-[0-9a-f]{8}-[0-9a-f-]{27}$/.test(name));
}

describe("a stream reaches the program byte for byte:", () => {
  const sizes = [0, 1, 2, 3, 65_535, 65_536, 65_537, mib - 1, mib, mib + 1, 2 * mib, 2 * mib + 1, 3_000_001];

  test.each(sizes)("%d bytes, of every kind", async (size) => {
    const { cache } = await play(reporter);
    const bytes = new Random(size).bytes(size);
    const path = join(directory, `body-${size}`);
    writeFileSync(path, bytes);
    const bodies: Body[] = [
      new Blob([bytes]).stream(),
      Bun.file(path).stream(),
      new Response(bytes),
      new Response(Bun.file(path)),
      new Response(pieces(bytes, 100_000)),
      pieces(bytes, Math.max(1, size)),
      pieces(bytes, 777_777),
      createReadStream(path),
      Readable.from(pieces(Buffer.from(bytes), 50_001)),
      Bun.spawn(["cat", path]).stdout,
      new Response(bytes).body?.pipeThrough(new TransformStream()) ?? "",
      new ReadableStream({
        type: "direct",
        async pull(controller) {
          for await (const piece of pieces(bytes, 99_999)) controller.write(piece);
          controller.close();
        },
      }),
    ];
    for (const body of bodies) await expectPut(cache, body, bytes);
    await cache.close();
    expect(spoolNames()).toEqual([]);
  });

  test("text, as UTF-8, even if characters are cut between chunks", async () => {
    const { cache } = await play(reporter);
    for (const text of ["añ€𝄞", "\0", `${"𝄞".repeat(700_000)}.`]) {
      for (const length of [1, 2, 3, 999_999]) {
        if (text.length / length > 1000) continue;
        await expectPut(cache, pieces(text, length), new TextEncoder().encode(text));
      }
    }
    await cache.close();
  });

  test("chunks whose memory is used again for the next", async () => {
    const { cache } = await play(reporter);
    const all = new Random(1).bytes(2_500_000);
    async function* reused(): AsyncGenerator<Uint8Array> {
      const memory = new Uint8Array(10_000);
      for (let at = 0; at < all.length; at += memory.length) {
        memory.set(all.subarray(at, at + memory.length));
        yield memory;
        memory.fill(0);
      }
    }
    await expectPut(cache, reused(), all);
    await cache.close();
  });

  test("from the network", async () => {
    const bytes = new Random(2).bytes(3_000_000);
    await using server = Bun.serve({ port: 0, fetch: () => new Response(pieces(bytes, 65_536)) });
    const { cache } = await play(reporter);
    await expectPut(cache, await fetch(server.url), bytes);
    await cache.close();
  });

  test("forty at once, as many as are read at a time and more", async () => {
    const { cache } = await play(reporter);
    const puts = Array.from({ length: 40 }, (_, seed) => {
      const bytes = new Uint8Array(seed % 2 ? 1_200_000 : 1_000).fill(seed);
      return expectPut(cache, pieces(bytes, 100_000), bytes);
    });
    await Promise.all(puts);
    await cache.close();
  });
});

/** A stream that fails after these chunks. */
function failing(error: unknown, ...chunks: unknown[]): ReadableStream {
  return new ReadableStream({
    pull(controller) {
      if (chunks.length > 0) controller.enqueue(chunks.shift());
      else controller.error(error);
    },
  });
}

async function* failingIterable(error: unknown): AsyncGenerator<string> {
  yield "some";
  throw error;
}

async function readSome(body: Body): Promise<Body> {
  const stream = body instanceof Response ? body.body : body;
  if (!(stream instanceof ReadableStream)) throw new Error("expected a stream");
  const reader = stream.getReader();
  await reader.read();
  reader.releaseLock();
  return body;
}

async function readAll<T extends AsyncIterable<unknown>>(body: T): Promise<T> {
  for await (const _ of body);
  return body;
}

function locked(body: Response | ReadableStream): Body {
  (body instanceof Response ? body.body : body)?.getReader();
  return body;
}

function withoutBuffer(): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes.buffer.transfer();
  return bytes;
}

const long = new Uint8Array(1_500_000);

describe("a put rejects and sends nothing for", () => {
  test.each<[what: string, body: () => unknown, code: string, message: string]>([
    ["a stream that fails", () => failing(new Error("lost")), "BODY_UNREADABLE", "(a stream): lost"],
    ["a stream that fails late", () => failing(new Error("lost"), long, long), "BODY_UNREADABLE", ": lost"],
    ["a stream that fails without an error", () => failing(undefined), "BODY_UNREADABLE", "undefined"],
    [
      "an iterable that throws",
      () => failingIterable(new Error("lost")),
      "BODY_UNREADABLE",
      "(an iterable): lost",
    ],
    ["a locked stream", () => locked(new Blob(["x"]).stream()), "BAD_ARGUMENT", "is locked"],
    ["a stream read in part", () => readSome(failing("x", "a", "b")), "BAD_ARGUMENT", "was read from"],
    ["a stream read to its end", () => readAll(new Blob(["x"]).stream()), "BAD_ARGUMENT", "was read from"],
    ["a Readable read to its end", () => readAll(Readable.from(["x"])), "BAD_ARGUMENT", "was read from"],
    ["a Response without a body", () => new Response(), "BODY_UNREADABLE", "it has no body"],
    ["an empty 204", () => new Response(null, { status: 204 }), "BODY_UNREADABLE", "it has no body"],
    ["a Response that was read", () => used(new Response("x")), "BAD_ARGUMENT", "was read from"],
    ["a Response read in part", () => readSome(new Response("x")), "BAD_ARGUMENT", "was read from"],
    ["a locked Response", () => locked(new Response("x")), "BAD_ARGUMENT", "is locked"],
    [
      "a 404",
      () => new Response("not found", { status: 404 }),
      "BODY_UNREADABLE",
      "it has status 404; expected",
    ],
    ["a 304", () => new Response(null, { status: 304 }), "BODY_UNREADABLE", "it has"],
    ["a network error", () => Response.error(), "BODY_UNREADABLE", "(a Response): it has"],
    [
      "a chunk that is an object",
      () => Readable.from([{}]),
      "BODY_UNREADABLE",
      "a chunk is an Object; expected",
    ],
    ["a chunk that is null", () => failing("x", null), "BODY_UNREADABLE", "a chunk is null"],
    ["a chunk that is a number", () => failing("x", "a", 5), "BODY_UNREADABLE", "a chunk is 5"],
    [
      "a chunk that is an ArrayBuffer",
      () => failing("x", new ArrayBuffer(5)),
      "BODY_UNREADABLE",
      "an ArrayBuffer",
    ],
    ["a chunk without its buffer", () => failing("x", withoutBuffer()), "BODY_UNREADABLE", "was transferred"],
    ["half a character", () => Readable.from(["a\ud834"]), "BODY_UNREADABLE", "lone surrogate"],
    ["half a character, then bytes", () => failing("x", "\ud834", long), "BODY_UNREADABLE", "lone surrogate"],
    ["a wrong second half", () => failing("x", "\ud834", "a"), "BODY_UNREADABLE", "lone surrogate"],
    [
      "an iterator that can't be made",
      () => ({ [Symbol.asyncIterator]: () => 5 }),
      "BODY_UNREADABLE",
      "(an iterable)",
    ],
    [
      "an iterator of nothing",
      () => ({ [Symbol.asyncIterator]: () => ({ next: () => null }) }),
      "BODY_UNREADABLE",
      "",
    ],
    ["an array of chunks", () => ["a", "b"], "BAD_ARGUMENT", "an Array; expected bytes"],
  ])("%s", async (_, make, code, message) => {
    const { cache, log } = await play(reporter);
    // The types forbid some of these on purpose.
    const error = await failure(cache.put(key(1), (await make()) as Body));
    expect(error.code).toBe(code as "BAD_ARGUMENT");
    expect(error.message).toContain(message);
    expect(await cache.get(key(1))).toBeNull();
    await cache.close();
    expect(log.all).toEqual(["get", "close"]);
    expect(spoolNames()).toEqual([]);
  });

  test("an error page from the network, named without its query", async () => {
    await using server = Bun.serve({ port: 0, fetch: () => new Response("gone", { status: 410 }) });
    const { cache } = await play(reporter);
    const error = await failure(cache.put(key(1), await fetch(new URL("/a/b?token=secret", server.url))));
    expect(error.message).toContain(`/a/b: it has status 410; expected 200 to 299`);
    expect(error.message).not.toContain("secret");
    await expectPut(cache, (await fetch(server.url)).body ?? "", Buffer.from("gone"));
    await cache.close();
  });

  test("a download that is cut off", async () => {
    const server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: (socket) => void socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc") },
    });
    const { cache, log } = await play(reporter);
    const response = await fetch(`http://127.0.0.1:${server.port}/`);
    expect(await failure(cache.put(key(1), response))).toMatchObject({ code: "BODY_UNREADABLE" });
    server.stop(true);
    await cache.close();
    expect(log.all).toEqual(["close"]);
  });

  test("an error of another call that its stream fails with; the cause is that error", async () => {
    const { cache } = await play(reporter);
    const other = await failure(cache.get(key(1), { signal: AbortSignal.abort() }));
    const error = await failure(cache.put(key(1), failing(other, "a")));
    expect(error).toMatchObject({ code: "BODY_UNREADABLE", cause: other });
    await cache.close();
  });
});

async function used(response: Response): Promise<Response> {
  await response.text();
  return response;
}

const kinds: [kind: string, make: (watched: Watched, ...chunks: never[]) => Body][] = [
  ["a stream", (watched, ...chunks) => watched.stream(...chunks)],
  ["a Response", (watched, ...chunks) => new Response(watched.stream(...chunks))],
  ["an iterable", (watched, ...chunks) => watched.iterable(...chunks)],
  ["a Readable", (watched, ...chunks) => watched.readable(...chunks)],
];

describe.each(kinds)("%s is cancelled", (kind, make) => {
  const chunks = [Buffer.alloc(700_000), Buffer.alloc(700_000)] as never[];

  test.each([0, 2])("if its put is aborted while it is read, after %d chunks", async (count) => {
    const { cache, log } = await play(reporter);
    const controller = new AbortController();
    const watched = new Watched();
    const put = failure(
      cache.put(key(1), make(watched, ...chunks.slice(0, count)), { signal: controller.signal }),
    );
    await watched.begun.promise;
    expect(watched.isCancelled).toBe(false);
    controller.abort("enough");
    expect(await put).toMatchObject({ code: "ABORTED", cause: "enough" });
    const why = await watched.cancelled.promise;
    if (kind !== "an iterable" && kind !== "a Readable") expect(why).toBe(await put);
    // Waits until the spool is closed.
    await cache.close();
    expect(log.all).toEqual(["close"]);
    expect(openFiles().filter((file) => file.includes("cacheprogw-"))).toEqual([]);
  });

  test("if its put is refused before it is read", async () => {
    const { cache, log } = await play(`hello(["get"]); for (const { ID } of requests()) log(ID);`);
    const refused: [string, (body: Body) => Promise<unknown>][] = [
      ["UNSUPPORTED_COMMAND", (body) => cache.put(key(1), body)],
      ["BAD_ARGUMENT", (body) => cache.put(new Uint8Array(5), body)],
      // A wrong option, on purpose.
      ["BAD_ARGUMENT", (body) => cache.put(key(1), body, { signal: 5 as unknown as AbortSignal })],
    ];
    for (const [code, put] of refused) {
      const watched = new Watched();
      expect(await failure(put(make(watched)))).toMatchObject({ code });
      await watched.cancelled.promise;
    }
    await cache.close();
    expect(log.all).toEqual([]);
  });

  test("if its put is aborted or closed already", async () => {
    const { cache } = await play(reporter);
    const aborted = new Watched();
    const signal = AbortSignal.abort();
    expect(await failure(cache.put(key(1), make(aborted), { signal }))).toMatchObject({ code: "ABORTED" });
    await aborted.cancelled.promise;
    await cache.close();
    const closed = new Watched();
    expect(await failure(cache.put(key(1), make(closed)))).toMatchObject({ code: "CLOSED" });
    await closed.cancelled.promise;
  });

  test("if the program dies", async () => {
    const { cache } = await play(reporter);
    const watched = new Watched();
    const put = failure(cache.put(key(1), make(watched, ...chunks)));
    await watched.begun.promise;
    process.kill(cache.pid, "SIGKILL");
    expect(await put).toMatchObject({ code: "EXITED" });
    await watched.cancelled.promise;
    await cache.close().catch(() => {});
  });

  test("if its put is aborted while it waits for others", async () => {
    const { cache } = await play(reporter);
    const controller = new AbortController();
    const { signal } = controller;
    const all = Array.from({ length: 20 }, () => new Watched());
    const puts = all.map((watched) => failure(cache.put(key(1), make(watched), { signal })));
    // A stream that is never read to its end doesn't hold up other bodies.
    await expectPut(cache, new Blob(["other"]), Buffer.from("other"));
    controller.abort();
    for (const error of await Promise.all(puts)) expect(error).toMatchObject({ code: "ABORTED" });
    for (const { cancelled } of all) await cancelled.promise;
    await expectPut(cache, pieces("later", 2), Buffer.from("later"));
    await cache.close();
  });

  test("if one of its chunks is wrong", async () => {
    if (kind === "a Readable") return; // it checks its chunks itself
    const { cache } = await play(reporter);
    const watched = new Watched();
    const wrong = [{}] as never[];
    expect(await failure(cache.put(key(1), make(watched, ...wrong)))).toMatchObject({
      code: "BODY_UNREADABLE",
    });
    await watched.cancelled.promise;
    await cache.close();
  });
});

describe("a stream", () => {
  test("with a status that isn't ok is cancelled", async () => {
    const { cache } = await play(reporter);
    const watched = new Watched();
    const put = cache.put(key(1), new Response(watched.stream(), { status: 500 }));
    expect(await failure(put)).toMatchObject({ code: "BODY_UNREADABLE" });
    await watched.cancelled.promise;
    await cache.close();
  });

  test("that somebody else reads is left alone", async () => {
    const { cache } = await play(reporter);
    const watched = new Watched();
    const stream = watched.stream("theirs");
    const reader = stream.getReader();
    expect(await failure(cache.put(key(1), stream))).toMatchObject({ code: "BAD_ARGUMENT" });
    expect(await reader.read()).toEqual({ done: false, value: "theirs" });
    expect(watched.isCancelled).toBe(false);
    await reader.cancel();
    await cache.close();
  });

  test.each<[kind: string, body: Body]>([
    ["a stream", new Blob(["once"]).stream()],
    ["a Response", new Response("once")],
    ["a generator", pieces("once", 1)],
    ["a Readable", Readable.from(["once"])],
  ])("can be put only once: %s. A second put is refused, and the first gets all of it", async (_, body) => {
    const { cache } = await play(reporter);
    const first = expectPut(cache, body, Buffer.from("once"));
    expect(await failure(cache.put(key(2), body))).toMatchObject({ code: "BAD_ARGUMENT" });
    await first;
    expect(await failure(cache.put(key(2), body))).toMatchObject({ code: "BAD_ARGUMENT" });
    await cache.close();
  });

  test("that begins anew for each reader can be put again", async () => {
    const { cache } = await play(reporter);
    const body = { [Symbol.asyncIterator]: () => pieces("twice", 2) };
    await Promise.all([
      expectPut(cache, body, Buffer.from("twice")),
      expectPut(cache, body, Buffer.from("twice")),
    ]);
    await cache.close();
  });

  test.if(process.platform === "linux")("isn't opened before its turn", async () => {
    const { cache } = await play(reporter);
    const path = join(directory, "many");
    writeFileSync(path, "many");
    const endless = Array.from({ length: 16 }, () => new Watched());
    const controller = new AbortController();
    const { signal } = controller;
    const first = endless.map((watched) => failure(cache.put(key(1), watched.stream(), { signal })));
    await Promise.all(endless.map(({ begun }) => begun.promise));
    const waiting = Array.from({ length: 50 }, () =>
      expectPut(cache, Bun.file(path).stream(), Buffer.from("many")),
    );
    await cache.get(key(1));
    expect(openFiles()).not.toContain(path);
    controller.abort();
    await Promise.all([...first, ...waiting]);
    await cache.close();
  });

  test("that fails to be cancelled, or never answers, doesn't hold up its put or close", async () => {
    const { cache } = await play(reporter);
    for (const cancel of [() => Promise.reject(new Error("no")), () => new Promise<void>(() => {})]) {
      const controller = new AbortController();
      const put = failure(
        cache.put(key(1), new ReadableStream({ pull: () => new Promise(() => {}), cancel }), {
          signal: controller.signal,
        }),
      );
      controller.abort();
      expect(await put).toMatchObject({ code: "ABORTED" });
    }
    await cache.close();
  });

  test("that always has its next chunk ready doesn't stop timers", async () => {
    const { cache } = await play(reporter);
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield new Uint8Array(0);
    }
    const signal = AbortSignal.timeout(1);
    expect(await failure(cache.put(key(1), endless(), { signal }))).toMatchObject({ code: "ABORTED" });
    await cache.close();
  });

  test("is read no further than its spool is written", async () => {
    const { cache } = await play(reporter);
    let [ahead, most] = [0, 0];
    async function* counted(): AsyncGenerator<Uint8Array> {
      for (let chunk = 0; chunk < 50; chunk++) {
        most = Math.max(most, ++ahead);
        yield new Uint8Array(100_000);
        ahead--;
      }
    }
    await expectPut(cache, counted(), new Uint8Array(5_000_000));
    expect(most).toBe(1);
    await cache.close();
  });

  test("with a chunk that is transferred while it is written fails only its put", async () => {
    const { cache } = await play(reporter);
    const chunk = new Uint8Array(50_000_000);
    const source = {
      pull(controller: ReadableStreamDefaultController) {
        controller.enqueue(chunk);
        setImmediate(() => chunk.buffer.detached || chunk.buffer.transfer());
        controller.close();
      },
    };
    // Without a queue, pull is called by the read: so the chunk isn't transferred before it's read.
    const stream = new ReadableStream(source, { highWaterMark: 0 });
    expect(await failure(cache.put(key(1), stream))).toMatchObject({ code: "BODY_CHANGED" });
    expect(await cache.get(key(1))).toBeNull();
    await cache.close();
  });

  test("has closed its spool when close resolves, and its program doesn't get it", async () => {
    const fifo = new Fifo(directory);
    const { cache, log } = await play(`
      hello();
      peek();
      log(fs.readdirSync("/proc/self/fd").map((fd) => { try { return fs.readlinkSync("/proc/self/fd/" + fd) } catch { return "" } }).filter((name) => name.includes("/cacheprogw-")).join());
      gate("${fifo.path}");
      for (const { ID } of headers()) say({ ID, DiskPath: "/a" });
    `);
    const put = cache.put(key(1), pieces(new Uint8Array(3_000_000), 1_000_000));
    await log.after("");
    if (process.platform === "linux") {
      expect(
        openFiles().filter((file) => file.includes("/cacheprogw-") && file.endsWith(" (deleted)")),
      ).toHaveLength(1);
    }
    expect(spoolNames()).toEqual([]);
    await fifo.open();
    await put;
    await cache.close();
    expect(log.all).toEqual([""]);
    expect(openFiles().filter((file) => file.includes("(deleted)"))).toEqual([]);
  });

  test("that getOrPut's produce returns is put, or kept if the program has no put", async () => {
    const bytes = new Random(4).bytes(2_000_000);
    const [{ cache }, { cache: without }] = [
      await play(emptyCache),
      await play(`hello(["get"]); for (const { ID } of requests()) say({ ID, Miss: true });`),
    ];
    for (const make of [() => pieces(bytes, 99_999), async () => new Response(bytes)]) {
      expect(await cache.getOrPut(key(1), make)).toMatchObject({
        outputID: sha256(bytes),
        size: bytes.length,
      });
      expect(await without.getOrPut(key(1), make)).toMatchObject({
        outputID: sha256(bytes),
        size: bytes.length,
      });
    }
    await cache.close();
    await without.close();
  });
});
