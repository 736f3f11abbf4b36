import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ArgumentError, CacheProgError } from "../../src/errors.ts";
import { Answers } from "../../src/server/answers.ts";
import { DiskStore, type Handlers, type PutRequest, serve } from "../../src/server/index.ts";
import { Input } from "../../src/server/input.ts";
import { Session } from "../../src/server/session.ts";
import { action, bodyOf, close, get, put, sha256 } from "./client-bytes.ts";
import type { Answer } from "./memory-client.ts";
import { ServerProcess } from "./server-process.ts";
import { TempDirectory } from "./temp-directory.ts";

const key = action("a");
const program = join(import.meta.dir, "../../fixtures/reference-server.ts");

/** A session whose client has written some chunks. Records how the session reads them. */
class Blocking {
  readonly answers: Answer[] = [];
  /** Each read in order: a blocking one (`wait`), or one by the event loop (`loop`). */
  readonly reads: ("wait" | "loop")[] = [];
  readonly #chunks: Buffer[];
  /** Every blocking read returns a part of this buffer, as the real one does. */
  readonly #memory = Buffer.alloc(100_000);
  readonly #takes: () => undefined | Promise<void>;
  #waits: number;

  /**
   * @param takes what the client does with each write of responses
   * @param waits how many blocking reads succeed before EAGAIN
   */
  constructor(
    chunks: readonly string[],
    takes: () => undefined | Promise<void> = () => undefined,
    waits = Number.POSITIVE_INFINITY,
  ) {
    this.#chunks = chunks.map((chunk) => Buffer.from(chunk, "latin1"));
    this.#takes = takes;
    this.#waits = waits;
  }

  async serve(handlers: Handlers): Promise<Answer[]> {
    const answers = new Answers({ write: (bytes) => this.#write(bytes) });
    const source = new Input(this.#loop(), () => this.#wait());
    await new Session(handlers, ["get", "put", "close"], source, answers).run();
    return this.answers;
  }

  #wait(): Uint8Array | undefined {
    this.reads.push("wait");
    if (this.#waits-- <= 0) throw new Error("EAGAIN: resource temporarily unavailable");
    const chunk = this.#chunks.shift();
    this.#memory.fill(0x21);
    return chunk && this.#memory.subarray(0, chunk.copy(this.#memory));
  }

  async *#loop(): AsyncGenerator<Uint8Array, void, undefined> {
    this.reads.push("loop");
    yield* this.#chunks.splice(0);
  }

  #write(bytes: Uint8Array): undefined | Promise<void> {
    const lines = Buffer.from(bytes).toString().trimEnd().split("\n");
    this.answers.push(...lines.map((line): Answer => JSON.parse(line)));
    return this.#takes();
  }
}

/** Reads a body as a synchronous handler does. */
function readNow({ body }: PutRequest): Buffer {
  const chunks: Uint8Array[] = [];
  for (let chunk = body.read(); chunk !== null; chunk = body.read()) {
    if (chunk instanceof Promise) throw new Error("the body has to be waited for");
    chunks.push(Buffer.from(chunk));
  }
  return Buffer.concat(chunks);
}

/** Splits a text into pieces of `length` characters. */
function cut(text: string, length: number): string[] {
  return text.match(new RegExp(`[^]{1,${length}}`, "g")) ?? [];
}

test("synchronous handlers read bodies without promises, however the input is chunked", async () => {
  for (const length of [7, 1000, 65_536]) {
    const bodies = [0, 1, 2, 3, 4, 2000, 100_000]
      .filter((size) => size / length < 2000)
      .map((size) => bodyOf(size));
    const seen: string[] = [];
    const handlers: Handlers = {
      get: () => null,
      put(request) {
        seen.push(sha256(readNow(request)).toHex());
        return { diskPath: `/${request.id}` };
      },
      close() {},
    };
    const text = bodies.map((body, at) => put(at + 1, key, body) + get(100 + at, key)).join("");
    const client = new Blocking(cut(text + close(99), length));
    const answers = await client.serve(handlers);
    expect(seen).toEqual(bodies.map((body) => sha256(body).toHex()));
    expect(answers).toEqual([
      ...bodies.flatMap((_, at) => [
        { ID: at + 1, DiskPath: `/${at + 1}` },
        { ID: 100 + at, Miss: true },
      ]),
      { ID: 99 },
    ]);
    expect(new Set(client.reads)).toEqual(new Set(["wait"]));
  }
});

test("writes its responses before it blocks on the next read", async () => {
  const client = new Blocking([get(1, key), get(2, key) + get(3, key), close(4)]);
  const before: number[] = [];
  const handlers: Handlers = {
    get() {
      before.push(client.answers.length);
      return null;
    },
    close() {},
  };
  await client.serve(handlers);
  expect(before).toEqual([0, 1, 1]);
});

test("reads the end of stdin only once: on a terminal, the user would have to type it again", async () => {
  const client = new Blocking([get(1, key)]);
  expect(await client.serve({ get: () => null })).toEqual([{ ID: 1, Miss: true }]);
  expect(client.reads).toEqual(["wait", "wait"]);
});

test("a handler that leaves a body unread or throws doesn't affect the requests after it", async () => {
  const handlers: Handlers = {
    get: () => null,
    put(request) {
      if (request.id === 2) request.body.read();
      if (request.id === 3) throw new Error("not today");
      return { diskPath: "/x" };
    },
    close() {},
  };
  const text = [1, 2, 3].map((id) => put(id, key, bodyOf(50_000))).join("") + get(4, key) + close(5);
  const client = new Blocking(cut(text, 30_000));
  expect(await client.serve(handlers)).toEqual([
    { ID: 1, DiskPath: "/x" },
    { ID: 2, DiskPath: "/x" },
    { ID: 3, Err: "not today" },
    { ID: 4, Miss: true },
    { ID: 5 },
  ]);
  expect(client.reads).not.toContain("loop");
});

test("switches to the event loop once a handler returns a promise, so a slow handler delays no other", async () => {
  const slow = Promise.withResolvers<null>();
  const handlers: Handlers = {
    get({ id }) {
      if (id === 3) slow.resolve(null);
      return id === 1 ? slow.promise : null;
    },
    close() {},
  };
  const client = new Blocking([get(1, key), get(2, key), get(3, key), close(4)]);
  const ids = (await client.serve(handlers)).map(({ ID }) => ID);
  expect(ids).toEqual([2, 3, 1, 4]);
  expect(client.reads).toEqual(["wait", "loop"]);
});

test("a chunk stays valid while its handler awaits something else", async () => {
  const body = bodyOf(150_000, 7);
  const handlers: Handlers = {
    async put({ body }) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body) {
        await Promise.resolve();
        chunks.push(chunk);
      }
      return { diskPath: sha256(Buffer.concat(chunks)).toHex() };
    },
    close() {},
  };
  const client = new Blocking(cut(put(1, key, body) + put(2, key, body) + close(3), 60_000));
  const hash = sha256(body).toHex();
  expect(await client.serve(handlers)).toEqual([
    { ID: 1, DiskPath: hash },
    { ID: 2, DiskPath: hash },
    { ID: 3 },
  ]);
});

test("the body of the next put doesn't overwrite a chunk that a waiting handler holds", async () => {
  const [first, second] = [bodyOf(300, 7), bodyOf(300, 11)];
  const secondIsRead = Promise.withResolvers<void>();
  const handlers: Handlers = {
    async put({ id, body }) {
      const read = body.read();
      const chunk = read instanceof Promise ? await read : read;
      if (id === 1) await secondIsRead.promise;
      else secondIsRead.resolve();
      return { diskPath: sha256(chunk ?? "").toHex() };
    },
    close() {},
  };
  const client = new Blocking([put(1, key, first) + put(2, key, second) + close(3)]);
  const answers = await client.serve(handlers);
  expect(answers.toSorted((a, b) => Number(a.ID) - Number(b.ID))).toEqual([
    { ID: 1, DiskPath: sha256(first).toHex() },
    { ID: 2, DiskPath: sha256(second).toHex() },
    { ID: 3 },
  ]);
});

test("reads a non-blocking stdin with the event loop", async () => {
  const client = new Blocking([get(1, key), get(2, key), close(3)], undefined, 1);
  expect(await client.serve({ get: () => null, close() {} })).toEqual([
    { ID: 1, Miss: true },
    { ID: 2, Miss: true },
    { ID: 3 },
  ]);
  expect(client.reads).toEqual(["wait", "wait", "loop"]);
});

test("doesn't block on stdin while responses wait to be read", async () => {
  const reading = Promise.withResolvers<void>();
  const client = new Blocking([get(1, key), get(2, key), close(3)], () => reading.promise);
  const served = client.serve({ get: () => null, close() {} });
  expect(client.reads).toEqual(["wait", "loop"]);
  reading.resolve();
  expect((await served).map(({ ID }) => ID)).toEqual([1, 2, 3]);
});

test("rejects on a body that isn't base64 or is cut off, and leaves nothing in the store", async () => {
  const cases: [text: string, message: RegExp][] = [
    [
      `${put(1, key, bodyOf(900)).slice(0, -300)}${"!".repeat(300)}`,
      /^the body of request 1, after .*isn't base64/,
    ],
    [
      put(1, key, bodyOf(900)).slice(0, 900),
      /^stdin ended inside the body of request 1, after \d+ of 900 bytes/,
    ],
  ];
  for (const [text, message] of cases) {
    using directory = new TempDirectory();
    const store = DiskStore.open(directory.path);
    const error = await new Blocking(cut(text, 500)).serve(store).catch((error) => error);
    expect(error).toBeInstanceOf(CacheProgError);
    expect(error).toMatchObject({ code: "PROTOCOL_ERROR", message: expect.stringMatching(message) });
    expect(readdirSync(directory.path).sort()).toEqual(["CACHEDIR.TAG", "tmp"]);
    expect(readdirSync(join(directory.path, "tmp"))).toEqual([]);
  }
});

test("refuses `blocking` together with an input", async () => {
  const input = new Blob([]).stream();
  await expect(serve({ close() {} }, { input, blocking: true })).rejects.toBeInstanceOf(ArgumentError);
});

test("SIGTERM and SIGINT end a process that blocks on stdin", async () => {
  using directory = new TempDirectory();
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    await using server = new ServerProcess(["--dir", directory.path]);
    server.write(get(1, key));
    await server.take(2);
    server.child.kill(signal);
    await server.child.exited;
    expect(server.child.signalCode).toBe(signal);
  }
});

describe("doesn't deadlock with a client that writes 5,000 gets and a put of 20 MB before it reads a response", () => {
  const gets = Array.from({ length: 5000 }, (_, at) => get(2 + at, key));
  const requests = [put(1, key, bodyOf(5)), ...gets, put(5002, key, new Uint8Array(20_000_000))].join("");

  async function expectAnswers(child: Bun.Subprocess<"pipe", "pipe">): Promise<void> {
    const lines = (await new Response(child.stdout).text()).trimEnd().split("\n");
    expect(lines).toHaveLength(5003);
    expect(lines.filter((line) => line.includes('"OutputID"'))).toHaveLength(5000);
    expect(await child.exited).toBe(0);
  }

  test("through sockets, with which Bun connects its children", async () => {
    using directory = new TempDirectory();
    const server = [process.execPath, program, "--dir", directory.path];
    await using child = Bun.spawn(server, { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
    child.stdin.write(requests);
    await child.stdin.end();
    await expectAnswers(child);
  });

  test("through pipes of 64 KiB, as go uses", async () => {
    using directory = new TempDirectory();
    const server = `${process.execPath} ${program} --dir store`;
    const client = "cat >&3 && exec 3>&- cat <&4";
    const script = `mkfifo in out && { ${server} <in >out & } && exec 3>in 4<out && ${client}`;
    await using child = Bun.spawn(["sh", "-c", script], {
      cwd: directory.path,
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    child.stdin.write(requests);
    await child.stdin.end();
    await expectAnswers(child);
  });
});
