import { afterEach, describe, expect, setSystemTime, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { openBody } from "../../src/client/body/body.ts";
import { fileBody } from "../../src/client/body/file-body.ts";
import { Fifo } from "./fifo.ts";
import { guardEachTest, openFiles, temporaryDirectory } from "./guard.ts";
import { failure, key, play, sha256 } from "./scripted.ts";

guardEachTest();
const directory = temporaryDirectory();
/** More than the pipes hold, so most of it isn't read yet when the program sees the first byte. */
const size = 3_000_000;

/** Whole seconds, so that a file can be given exactly this time again. */
const longAgo = 1_600_000_000;

let count = 0;

function file(bytes: Uint8Array): string {
  const path = join(directory, `file-${++count}`);
  writeFileSync(path, bytes);
  utimesSync(path, longAgo, longAgo);
  return path;
}

function overwrite(path: string, text: string, at: number): void {
  const fd = openSync(path, "r+");
  writeSync(fd, text, at);
  closeSync(fd);
}

const changes: [name: string, change: (path: string) => void][] = [
  ["grows", (path) => appendFileSync(path, "more")],
  ["is truncated", (path) => truncateSync(path, size - 1)],
  ["is emptied", (path) => truncateSync(path, 0)],
  ["has its last byte overwritten", (path) => overwrite(path, "x", size - 1)],
  [
    "is overwritten and has its times restored",
    (path) => {
      overwrite(path, "x", size - 1);
      utimesSync(path, longAgo, longAgo);
    },
  ],
  ["is rewritten with the same size", (path) => writeFileSync(path, new Uint8Array(size).fill(1))],
];

describe("while a put sends a file that it has hashed,", () => {
  test.each(changes)(
    "the file %s: the put rejects with BODY_CHANGED, and the program gets no complete body",
    async (_, change) => {
      const fifo = new Fifo(directory);
      const record = join(directory, `record-${++count}`);
      const { cache, log } = await play(`
      hello();
      record("${record}");
      peek();
      log("began");
      gate("${fifo.path}");
      for (const { ID } of requests()) { log("a complete request"); say({ ID, DiskPath: "/a" }); }
    `);
      const path = file(new Uint8Array(size));
      const put = failure(cache.put(key(1), Bun.file(path)));
      await log.after("began");
      const waiting = [cache.get(key(2)), cache.put(key(3), "small")].map(failure);
      change(path);
      await fifo.open();
      for (const error of [await put, ...(await Promise.all(waiting)), await failure(cache.get(key(4)))]) {
        expect(error.code).toBe("BODY_CHANGED");
        expect(error.message).toContain(path);
        expect(error.message).toContain("; the connection to the cache program ");
      }
      await cache.close();
      expect(log.all).toEqual(["began"]);
      const [header = "", body = "", ...rest] = readFileSync(record, "latin1").split(/\n+/);
      expect(header).toContain(`"BodySize":${size}}`);
      // The body has no end. It has no beginning either if the change came before its first chunk was read.
      expect(body).toMatch(/^("[A-Za-z0-9+/]*)?$/);
      expect(rest).toEqual([]);
      expect(openFiles()).not.toContain(path);
    },
  );

  test("the file is renamed, linked, unlinked or chmodded: no byte has changed, and the put succeeds", async () => {
    for (const change of [
      (path: string) => renameSync(path, `${path}-renamed`),
      (path: string) => linkSync(path, `${path}-linked`),
      (path: string) => chmodSync(path, 0o600),
      (path: string) => rmSync(path),
    ]) {
      const fifo = new Fifo(directory);
      const { cache, log } = await play(`
        hello();
        peek();
        log("began");
        gate("${fifo.path}");
        for (const { ID, OutputID, Body } of requests()) {
          const sha256 = Body && new Bun.CryptoHasher("sha256").update(Buffer.from(Body, "base64")).digest("base64");
          if (Body) log(sha256 === OutputID ? "the right body" : "another body");
          say({ ID, DiskPath: "/a", Miss: true });
        }
      `);
      const path = file(new Uint8Array(size));
      setSystemTime(new Date(Date.now() + 60_000)); // or the times would be too recent to prove that nothing changed
      const put = cache.put(key(1), Bun.file(path));
      await log.after("began");
      change(path);
      await fifo.open();
      expect(await put).toMatchObject({ size });
      setSystemTime();
      expect(await cache.get(key(2))).toBeNull();
      await cache.close();
      expect(log.all).toEqual(["began", "the right body"]);
    }
  });

  test("the file is removed or replaced: the program gets the hashed body, or no complete one", async () => {
    for (const change of [
      (path: string) => rmSync(path),
      (path: string) => renameSync(file(new Uint8Array(size).fill(1)), path),
    ]) {
      const fifo = new Fifo(directory);
      const { cache, log } = await play(`
        hello();
        peek();
        log("began");
        gate("${fifo.path}");
        for (const { ID, OutputID, Body } of requests()) {
          const sha256 = Body && new Bun.CryptoHasher("sha256").update(Buffer.from(Body, "base64")).digest("base64");
          log(sha256 === OutputID ? "the right body" : "another body");
          say({ ID, DiskPath: "/a" });
        }
      `);
      const path = file(new Uint8Array(size));
      const put = cache.put(key(1), Bun.file(path)).catch((error: unknown) => error);
      await log.after("began");
      change(path);
      await fifo.open();
      const outcome = await put;
      await cache.close();
      expect(log.all).not.toContain("another body");
      if (!(outcome instanceof Error)) expect(log.all).toContain("the right body");
      else expect(outcome).toMatchObject({ code: "BODY_CHANGED" });
    }
  });
});

/** Reads an opened body as the outbox does, and returns its SHA-256. */
async function send(source: Awaited<ReturnType<typeof openBody>>): Promise<Uint8Array> {
  const hasher = new Bun.CryptoHasher("sha256");
  try {
    for await (const chunk of source.chunks()) hasher.update(chunk);
  } finally {
    source.close();
  }
  return new Uint8Array(hasher.digest());
}

describe("an opened body", () => {
  afterEach(() => {
    setSystemTime();
  });

  /** Makes all files look old by changing the clock, not their times. */
  function ageFiles(): void {
    setSystemTime(new Date(Date.now() + 60_000));
  }

  test("of an unchanged file is sent as it was hashed, whether the file is new or old", async () => {
    const path = file(new Uint8Array(size).fill(3));
    for (let round = 0; round < 2; round++) {
      const source = await openBody(Bun.file(path));
      expect(source.outputID).toEqual(sha256(new Uint8Array(size).fill(3)));
      expect(await send(source)).toEqual(source.outputID);
      ageFiles();
    }
  });

  test.each(changes)("of a file that %s rejects with BODY_CHANGED", async (_, change) => {
    for (const old of [false, true]) {
      const path = file(new Uint8Array(size));
      if (old) ageFiles();
      const source = await openBody(Bun.file(path));
      change(path);
      expect(await failure(send(source))).toMatchObject({ code: "BODY_CHANGED" });
    }
  });

  test("of a new file that changes, but not its size and times, rejects with BODY_CHANGED", async () => {
    const path = file(new Uint8Array(size));
    // The file system sees only the first write to a page of a mapped file, so the second doesn't change the times.
    const mapped = Bun.mmap(path, { shared: true });
    mapped[size - 1] = 1;
    const before = statSync(path, { bigint: true });
    const source = await openBody(Bun.file(path));
    mapped[size - 1] = 2;
    const after = statSync(path, { bigint: true });
    expect([after.mtimeNs, after.ctimeNs]).toEqual([before.mtimeNs, before.ctimeNs]);
    expect(await failure(send(source))).toMatchObject({ code: "BODY_CHANGED" });
  });

  test.each([
    ["overwritten", (path: string) => overwrite(path, "x", size - 1)],
    ["truncated", (path: string) => truncateSync(path, size - 100_000)],
  ])("of a slice of a file that is %s rejects with BODY_CHANGED", async (_, change) => {
    const path = file(new Uint8Array(size));
    const source = await openBody(Bun.file(path).slice(1));
    expect(source.size).toBe(size - 1);
    change(path);
    expect(await failure(send(source))).toMatchObject({ code: "BODY_CHANGED" });
  });

  test("of a slice ignores changes outside of the slice", async () => {
    const path = file(new Uint8Array(size));
    const source = await openBody(Bun.file(path).slice(0, size - 10));
    overwrite(path, "x", size - 1);
    expect(await send(source)).toEqual(source.outputID);
  });

  test("of a small file is sent from memory, whatever happens to the file", async () => {
    const bytes = new Uint8Array(60_000).fill(7);
    const path = file(bytes);
    const source = await openBody(Bun.file(path));
    writeFileSync(path, "something else");
    expect(await send(source)).toEqual(sha256(bytes));
    expect(source.outputID).toEqual(sha256(bytes));
    expect(openFiles()).not.toContain(path);
  });

  test("of a file has closed it when close() resolves", async () => {
    const path = file(new Uint8Array(size));
    // Files are closed on a thread, so a single try could pass by luck.
    for (let round = 0; round < 100; round++) {
      const source = await openBody(Bun.file(path));
      await source.close();
      expect(openFiles()).not.toContain(path);
    }
  });

  test("doesn't wait for a writer if a FIFO has replaced the file", async () => {
    const { path } = new Fifo(directory);
    expect(await failure(fileBody(path, false, { settled: false, whenSettled: undefined }))).toMatchObject({
      code: "BODY_UNREADABLE",
    });
    expect(openFiles()).not.toContain(path);
  });
});
