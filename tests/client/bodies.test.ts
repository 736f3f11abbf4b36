import { describe, expect, test } from "bun:test";
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../fixtures/random.ts";
import { type Body, CacheProg } from "../../src/index.ts";
import { Fifo } from "./fifo.ts";
import { guardEachTest, temporaryDirectory } from "./guard.ts";
import { emptyCache, failure, key, play, scripted, sha256 } from "./scripted.ts";

guardEachTest();
const directory = temporaryDirectory();
const [kib, mib] = [1024, 1024 ** 2];

/** Answers each put with what it got, as its DiskPath: OutputID, BodySize, and the body's length and SHA-256. */
const reporter = `
  hello();
  for (const { ID, Command, OutputID, BodySize, Body } of requests()) {
    if (Command !== "put") { say({ ID, Miss: true }); continue; }
    const bytes = Buffer.from(Body ?? "", "base64");
    if (bytes.toString("base64") !== (Body ?? "")) log("the body is not base64 as it should be");
    const sha256 = new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
    const outputID = Buffer.from(OutputID, "base64").toString("hex");
    say({ ID, DiskPath: JSON.stringify({ outputID, size: BodySize ?? 0, length: bytes.length, sha256 }) });
  }
`;

/** Puts a body, and checks that the program got these bytes. */
async function expectPut(cache: CacheProg, body: Body, bytes: Uint8Array): Promise<void> {
  const result = await cache.put(key("body"), body);
  const outputID = sha256(bytes);
  const hex = outputID.toHex();
  expect(JSON.parse(result.diskPath)).toEqual({
    outputID: hex,
    size: bytes.length,
    length: bytes.length,
    sha256: hex,
  });
  expect(result).toMatchObject({ outputID, size: bytes.length });
}

function file(name: string, bytes: Uint8Array | string): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

const sizes = [
  [0, 1, 2, 3, 4, 5],
  [4095, 4096, 4097, 49_151, 49_152, 49_153],
  [64 * kib - 1, 64 * kib, 64 * kib + 1],
  [144 * kib - 1, 144 * kib, 144 * kib + 1, 288 * kib, 288 * kib + 1],
  [mib - 1, mib, mib + 1, mib + 64 * kib],
].flat();

describe("a body reaches the program byte for byte:", () => {
  test.each(sizes)("%d bytes, as every type that put accepts", async (size) => {
    const { cache, log } = await play(reporter);
    const bytes = new Random(size).bytes(size);
    const path = file(`body-${size}`, bytes);
    const around = file(
      `around-${size}`,
      Buffer.concat([Buffer.from("before"), bytes, Buffer.from("after")]),
    );
    const bodies: Body[] = [
      bytes,
      Buffer.from(bytes),
      Buffer.concat([Buffer.from("xyz"), bytes, Buffer.from("xyz")]).subarray(3, 3 + size),
      bytes.buffer.slice(0),
      new Blob([bytes]),
      new Blob([bytes.subarray(0, size >> 1), bytes.subarray(size >> 1)]),
      new File([bytes], "a name"),
      Bun.file(path),
      Bun.file(path).slice(),
      Bun.file(path).slice(0, size + 100),
      Bun.file(around).slice(6, 6 + size),
      Bun.file(around)
        .slice(3)
        .slice(3, 3 + size),
    ];
    for (const body of bodies) await expectPut(cache, body, bytes);
    await cache.close();
    expect(log.all).toEqual([]);
  });

  test.each(["", "a", "añ€𝄞", "\0", "x".repeat(70_000), "€".repeat(70_000)])(
    "a string, as UTF-8: %#",
    async (text) => {
      const { cache } = await play(reporter);
      await expectPut(cache, text, new TextEncoder().encode(text));
      await cache.close();
    },
  );

  test("megabytes behind a full pipe, though the chunks share memory", async () => {
    const fifo = new Fifo(directory);
    const { cache, log } = await play(
      reporter.replace("hello();", `hello(); peek(); log("began"); gate("${fifo.path}");`),
    );
    const bytes = Buffer.alloc(3_000_000);
    for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(at, at);
    const puts = [expectPut(cache, Bun.file(file("waits", bytes)), bytes), expectPut(cache, bytes, bytes)];
    await log.after("began");
    await fifo.open();
    await Promise.all(puts);
    await cache.close();
  });

  test("many large bodies at once", async () => {
    const { cache } = await play(reporter);
    const bodies = Array.from({ length: 40 }, (_, seed) => new Uint8Array(300 * kib + seed).fill(seed));
    const puts = bodies.map((bytes, seed) => {
      const path = file(`many-${seed}`, bytes);
      return expectPut(cache, seed % 2 ? bytes : Bun.file(path), bytes);
    });
    await Promise.all(puts);
    await cache.close();
  });
});

describe("a file", () => {
  test("made in memory isn't confused with a file on disk of the same name", async () => {
    await using cache = await CacheProg.start(scripted(reporter));
    const path = file("namesake", "on disk");
    await expectPut(cache, new File(["in memory"], path), Buffer.from("in memory"));
    await expectPut(cache, new File(["in memory"], path).slice(3), Buffer.from("memory"));
    const form = new FormData();
    form.append("upload", new Blob(["uploaded"]), path);
    const upload = form.get("upload");
    if (upload instanceof Blob) await expectPut(cache, upload, Buffer.from("uploaded"));
    expect(upload).toBeInstanceOf(Blob);
  });

  test("made from another file has that file's bytes, whatever its name", async () => {
    await using cache = await CacheProg.start(scripted(reporter));
    const [one, two] = [file("one", "one".repeat(50_000)), file("two", "two".repeat(50_000))];
    await expectPut(cache, new File([Bun.file(one)], two), Buffer.from("one".repeat(50_000)));
    await expectPut(cache, new Blob([Bun.file(one)]), Buffer.from("one".repeat(50_000)));
    await expectPut(cache, structuredClone(Bun.file(one)), Buffer.from("one".repeat(50_000)));
  });

  test("is put whole each time, even if it has grown or shrunk since the last put of the same Bun.file()", async () => {
    await using cache = await CacheProg.start(scripted(reporter));
    const path = join(directory, "grows");
    const body = Bun.file(path);
    for (const size of [10, 20, 5, 0, 100_000, 200_000, 90_000]) {
      writeFileSync(path, new Uint8Array(size).fill(size));
      await expectPut(cache, body, new Uint8Array(size).fill(size));
    }
  });

  test("is put as a slice, even if the slice claims as many bytes as the file has", async () => {
    await using cache = await CacheProg.start(scripted(reporter));
    for (const size of [10, 100_000]) {
      const path = file("sliced", new Random(size).bytes(size));
      const slice = Bun.file(path).slice(3, 3 + size);
      await expectPut(cache, slice, new Random(size).bytes(size).subarray(3));
    }
  });

  test("can be removed as soon as its put has settled", async () => {
    await using cache = await CacheProg.start(scripted(reporter));
    const path = file("removed", new Uint8Array(200_000));
    await expectPut(cache, Bun.file(path), new Uint8Array(200_000));
    await Bun.file(path).delete();
  });

  test.if(process.platform === "linux")(
    "in /proc, which has size 0 until it's read, is put whole",
    async () => {
      await using cache = await CacheProg.start(scripted(reporter));
      const path = "/proc/sys/kernel/ostype";
      await expectPut(cache, Bun.file(path), Buffer.from(await Bun.file(path).text()));
    },
  );
});

/** Never contacted: its endpoint refuses connections. */
const s3 = new Bun.S3Client({
  accessKeyId: "a",
  secretAccessKey: "b",
  bucket: "c",
  endpoint: "http://127.0.0.1:1",
});

describe("a put rejects with BODY_UNREADABLE, sends nothing and leaves the connection open, for", () => {
  /** Opens a file until the end of the test. */
  function descriptor(path: string): number {
    const fd = openSync(path, "r");
    opened.push(fd);
    return fd;
  }
  const opened: number[] = [];

  test.each([
    ["a missing file", () => Bun.file(join(directory, "missing")), "ENOENT"],
    ["a slice of a missing file", () => Bun.file(join(directory, "missing")).slice(0, 5), "ENOENT"],
    ["a path below a file", () => Bun.file(join(file("plain", "plain"), "below")), "ENOTDIR"],
    ["a directory", () => Bun.file(directory), "is a directory"],
    ["a FIFO", () => Bun.file(fifo()), "not a regular file; read it first"],
    ["a slice of a FIFO", () => Bun.file(fifo()).slice(0, 5), "not a regular file; read it first"],
    ["a device", () => Bun.file("/dev/zero"), "not a regular file; read it first"],
    ["stdin", () => Bun.stdin, "(a file descriptor)"],
    ["an open file", () => Bun.file(descriptor(file("open", "open"))), "(a file descriptor)"],
    ["an open directory", () => Bun.file(descriptor(directory)), "directory"],
    ["an invalid file descriptor", () => Bun.file(987_654), "EBADF"],
    ["a file in S3", () => s3.file("object"), "object: it is in S3; download it"],
    ["a slice of a file in S3", () => s3.file("object").slice(0, 10), "it is in S3; download it"],
  ])("%s", async (_, body, message) => {
    const { cache, log } = await play(`
      hello();
      for (const { ID, Command } of requests()) { log(Command + " " + ID); say({ ID, Miss: true }); }
    `);
    const error = await failure(cache.put(key(1), body()));
    expect(error.code).toBe("BODY_UNREADABLE");
    expect(error.message).toContain(message);
    expect(await cache.get(key(1))).toBeNull();
    await cache.close();
    expect(log.all).toEqual(["get 1", "close 2"]);
    for (const fd of opened.splice(0)) closeSync(fd);
  });

  function fifo(): string {
    const path = join(directory, "fifo");
    Bun.spawnSync(["mkfifo", path]);
    return path;
  }
});

test("a hundred failed puts leave all slots to later puts", async () => {
  const { cache } = await play(emptyCache);
  mkdirSync(join(directory, "bad"));
  const bad = Array.from({ length: 100 }, () => failure(cache.put(key(1), Bun.file(join(directory, "bad")))));
  for (const error of await Promise.all(bad)) expect(error.code).toBe("BODY_UNREADABLE");
  const good = Array.from({ length: 100 }, () => cache.put(key(1), "good"));
  expect(await Promise.all(good)).toHaveLength(100);
  await cache.close();
});

describe("an array", () => {
  test("can be changed once its put has settled, even if the response came before the body was sent", async () => {
    const fifo = new Fifo(directory);
    const { cache, log } = await play(`
      hello();
      peek();
      say({ ID: 1, DiskPath: "/early" });
      gate("${fifo.path}");
      for (const { ID, OutputID, Body } of requests()) {
        const sha256 = Body && new Bun.CryptoHasher("sha256").update(Buffer.from(Body, "base64")).digest("base64");
        if (Body) log(sha256 === OutputID ? "the right body" : "another body");
        if (ID > 1) say({ ID, Miss: true });
      }
    `);
    const body = new Random(3).bytes(3 * mib);
    const reused = cache.put(key(1), body).then((result) => {
      body.fill(0);
      return result;
    });
    await fifo.open();
    expect(await reused).toMatchObject({ diskPath: "/early" });
    expect(await cache.get(key(2))).toBeNull();
    await cache.close();
    expect(log.all).toEqual(["the right body"]);
  });

  test.each<[what: string, lose: (body: Uint8Array<ArrayBuffer>) => void]>([
    ["is transferred", (body) => void body.buffer.transfer()],
    ["has its buffer shrunk", (body) => body.buffer.resize(body.length - 1)],
    ["has its buffer emptied", (body) => body.buffer.resize(0)],
  ])("that %s while it's sent fails the put, and the program never gets a complete body", async (_, lose) => {
    const fifo = new Fifo(directory);
    const record = join(directory, `record-${crypto.randomUUID()}`);
    const { cache, log } = await play(`
      hello();
      record("${record}");
      peek();
      log("began");
      gate("${fifo.path}");
      for (const { ID } of requests()) { log("a complete request"); say({ ID, Miss: true }); }
    `);
    const size = 3 * mib;
    const body = new Uint8Array(new ArrayBuffer(size, { maxByteLength: size })).subarray(0);
    const put = failure(cache.put(key(1), body));
    await log.after("began");
    const other = failure(cache.get(key(2)));
    lose(body);
    await fifo.open();
    expect(await put).toMatchObject({ code: "BODY_CHANGED" });
    expect(await other).toMatchObject({ code: "BODY_CHANGED" });
    await cache.close();
    expect(log.all).toEqual(["began"]);
    const [, sent = "", ...rest] = readFileSync(record, "latin1").split(/\n+/);
    expect(sent).toMatch(/^"A*$/);
    expect(rest).toEqual([]);
  });

  test.each([10_000, 100_000, 200_000])(
    "that is transferred right after put() was called, with %p bytes, fails the put, and nothing is sent after it",
    async (size) => {
      const record = join(directory, `record-${crypto.randomUUID()}`);
      const { cache } = await play(`
        hello();
        record("${record}");
        for (const { ID } of requests()) say({ ID, Miss: true });
      `);
      const body = new Uint8Array(size);
      const put = failure(cache.put(key(1), body));
      const other = failure(cache.get(key(2)));
      body.buffer.transfer();
      expect(await put).toMatchObject({ code: "BODY_CHANGED" });
      expect(await other).toMatchObject({ code: "BODY_CHANGED" });
      await cache.close();
      expect(readFileSync(record, "latin1")).not.toContain(key(2).toBase64());
    },
  );

  test("that is transferred while it's hashed fails only its put", async () => {
    const { cache } = await play(emptyCache);
    const body = new Uint8Array(4 * mib);
    const put = failure(cache.put(key(1), body));
    body.buffer.transfer();
    expect(await put).toMatchObject({ code: "BODY_CHANGED" });
    expect(await cache.get(key(2))).toBeNull();
    await cache.close();
  });
});
