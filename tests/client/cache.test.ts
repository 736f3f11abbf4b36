import { heapStats } from "bun:jsc";
import { describe, expect, test } from "bun:test";
import { mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isWhole } from "../../src/client/production/entry-file.ts";
import { Producer } from "../../src/client/production/producer.ts";
import type { Body } from "../../src/index.ts";
import { Fifo } from "./fifo.ts";
import { guardEachTest, temporaryDirectory, useAsTmpdir } from "./guard.ts";
import { failure, key, play, sha256 } from "./scripted.ts";

guardEachTest();
const directory = temporaryDirectory();
useAsTmpdir(directory);
const outputs = join(directory, "outputs");
mkdirSync(outputs);

/** Keeps entries in memory and bodies in files named after the OutputID; logs each command. */
const store = `
  hello();
  const entries = new Map();
  for (const { ID, Command, ActionID, OutputID, BodySize = 0, Body = "" } of requests()) {
    log(Command);
    if (Command === "put") {
      const DiskPath = "${outputs}/" + Buffer.from(OutputID, "base64").toString("hex");
      fs.writeFileSync(DiskPath, Buffer.from(Body, "base64"));
      entries.set(ActionID, { OutputID, Size: BodySize, Time: "2024-01-01T00:00:00Z", DiskPath });
      say({ ID, DiskPath });
    } else say({ ID, ...(entries.get(ActionID) ?? { Miss: true }) });
  }
`;

/** Where {@link answering} puts the last body. */
const kept = join(directory, "kept");

/** A program that answers each get with a fixed response, keeps one body, and logs each command. */
function answering(response: object, commands = ["get", "put", "close"]): string {
  return `
    hello(${JSON.stringify(commands)});
    for (const { ID, Command, Body } of requests()) {
      log(Command);
      if (Command === "get") say({ ID, ...${JSON.stringify(response)} });
      else {
        fs.writeFileSync("${kept}", Buffer.from(Body ?? "", "base64"));
        say({ ID, DiskPath: "${kept}" });
      }
    }
  `;
}

function replaceByDirectory(path: string): void {
  rmSync(path);
  mkdirSync(path);
}

function replaceByFifo(path: string): void {
  rmSync(path);
  Bun.spawnSync(["mkfifo", path]);
}

const body = "the body";
const outputID = sha256(body);

describe("getFile and getBytes", () => {
  test("return a hit whose file matches the entry", async () => {
    const { cache } = await play(store);
    const { diskPath } = await cache.put(key(1), body);
    expect(await cache.getFile(key(1))).toMatchObject({ outputID, size: body.length, diskPath });
    const hit = await cache.getBytes(key(1));
    expect(hit?.entry).toMatchObject({ outputID, size: body.length, diskPath });
    expect(Buffer.from(hit?.bytes ?? []).toString()).toBe(body);
    await cache.close();
  });

  test("return a hit with an empty body", async () => {
    const { cache } = await play(store);
    await cache.put(key(1), "");
    expect(await cache.getFile(key(1))).toMatchObject({ size: 0 });
    expect((await cache.getBytes(key(1)))?.bytes).toEqual(new Uint8Array(0));
    await cache.close();
  });

  test("return null for a miss", async () => {
    const { cache } = await play(store);
    expect([await cache.getFile(key(1)), await cache.getBytes(key(1))]).toEqual([null, null]);
    await cache.close();
  });

  test.each([
    ["is missing", (path: string) => rmSync(path), [false, false]],
    ["is too short", (path: string) => truncateSync(path, 3), [false, false]],
    ["is too long", (path: string) => writeFileSync(path, `${body}!`), [false, false]],
    ["has other bytes", (path: string) => writeFileSync(path, body.toUpperCase()), [true, false]],
    ["is a directory", replaceByDirectory, [false, false]],
    ["is a FIFO", replaceByFifo, [false, false]],
  ])(
    "return null for a hit whose file %s; only getBytes compares the bytes",
    async (_, damage, [file, bytes]) => {
      const { cache } = await play(store);
      const { diskPath } = await cache.put(key(1), body);
      damage(diskPath);
      expect((await cache.getFile(key(1))) !== null).toBe(file === true);
      expect((await cache.getBytes(key(1))) !== null).toBe(bytes === true);
      await cache.close();
      rmSync(diskPath, { recursive: true, force: true });
    },
  );

  test("compare the file's size to Size, or its bytes to the OutputID, as go does", async () => {
    const path = join(directory, "fixed");
    writeFileSync(path, body);
    for (const [OutputID, Size, file, bytes] of [
      [outputID, body.length, true, true],
      [outputID, body.length + 1, false, true],
      [outputID, 0, false, true],
      [outputID, -5, false, true],
      [key("other"), body.length, true, false],
    ] as const) {
      const { cache } = await play(answering({ OutputID: OutputID.toBase64(), Size, DiskPath: path }));
      expect((await cache.getFile(key(1))) !== null).toBe(file);
      expect((await cache.getBytes(key(1))) !== null).toBe(bytes);
      await cache.close();
    }
  });

  test("reject if get does", async () => {
    const { cache } = await play(answering({ Err: "no" }));
    expect(await failure(cache.getFile(key(1)))).toMatchObject({ code: "SERVER_ERROR" });
    expect(await failure(cache.getBytes(key(1)))).toMatchObject({ code: "SERVER_ERROR" });
    await cache.close();
  });
});

describe("getOrPut", () => {
  test("produces and puts after a miss, and returns the entry of a hit", async () => {
    const { cache, log } = await play(store);
    const before = Temporal.Now.instant();
    const put = await cache.getOrPut(key(1), () => body);
    expect(put).toMatchObject({ outputID, size: body.length, hit: false, stored: true });
    expect(Temporal.Instant.compare(before, put.time)).not.toBe(1);
    const got = await cache.getOrPut(key(1), () => {
      throw new Error("this is not to be called");
    });
    expect(got).toMatchObject({
      outputID,
      size: body.length,
      diskPath: put.diskPath,
      hit: true,
      stored: true,
    });
    expect(got.time).toEqual(Temporal.Instant.from("2024-01-01T00:00:00Z"));
    await cache.close();
    expect(log.all).toEqual(["get", "put", "get", "close"]);
  });

  test("accepts any body that put accepts, or a promise of one", async () => {
    const { cache } = await play(store);
    const path = join(directory, "made");
    const bodies: (() => Body | Promise<Body>)[] = [
      () => body,
      () => Promise.resolve(Buffer.from(body)),
      () => new Blob([body]),
      async () => {
        await Bun.write(path, body);
        return Bun.file(path);
      },
    ];
    for (const [n, produce] of bodies.entries()) {
      expect(await cache.getOrPut(key(n), produce)).toMatchObject({ outputID });
    }
    await cache.close();
  });

  test.each([
    ["an error", { Err: "no" }],
    ["no DiskPath", { OutputID: outputID.toBase64(), Size: 8 }],
    ["a short OutputID", { OutputID: "AQID", Size: 8, DiskPath: "/a" }],
    ["a missing file", { OutputID: outputID.toBase64(), Size: 8, DiskPath: "/there/is/nothing" }],
  ])("treats a response with %s as a miss", async (_, response) => {
    const { cache, log } = await play(answering(response));
    expect(await cache.getOrPut(key(1), () => body)).toMatchObject({
      outputID,
      diskPath: kept,
      hit: false,
      stored: true,
    });
    await cache.close();
    expect(log.all).toEqual(["get", "put", "close"]);
  });

  test("only puts if get isn't declared", async () => {
    const { cache, log } = await play(answering({}, ["put", "close"]));
    expect(await cache.getOrPut(key(1), () => body)).toMatchObject({
      outputID,
      diskPath: kept,
      hit: false,
      stored: true,
    });
    await cache.close();
    expect(log.all).toEqual(["put", "close"]);
  });

  test("rejects with what produce throws or rejects with, and calls produce again the next time", async () => {
    const { cache } = await play(store);
    for (const produce of [
      () => {
        throw new Error("out of ink");
      },
      async () => Promise.reject(new Error("out of ink")),
    ]) {
      await expect(cache.getOrPut(key(1), produce)).rejects.toThrow("out of ink");
    }
    expect(await cache.getOrPut(key(1), () => body)).toMatchObject({ outputID });
    await cache.close();
  });

  test("rejects if produce returns no valid body, or one that can't be read", async () => {
    const { cache, log } = await play(store);
    // @ts-expect-error: this is what a caller without types may pass
    expect(await failure(cache.getOrPut(key(1), () => 5))).toMatchObject({ code: "BAD_ARGUMENT" });
    for (const path of ["/", join(directory, "nothing")]) {
      const error = await failure(cache.getOrPut(key(1), () => Bun.file(path)));
      expect(error).toMatchObject({ code: "BODY_UNREADABLE" });
    }
    await cache.close();
    expect(log.all).toEqual(["get", "get", "get", "close"]);
  });
});

/** A body that is pending until the test makes it. */
class Production {
  readonly #made = Promise.withResolvers<Body>();
  readonly #asked = Promise.withResolvers<void>();
  calls = 0;

  /** For getOrPut. */
  readonly produce = (): Promise<Body> => {
    this.calls++;
    this.#asked.resolve();
    return this.#made.promise;
  };

  /** Resolves when produce was called. */
  get asked(): Promise<void> {
    return this.#asked.promise;
  }

  make(body: Body): void {
    this.#made.resolve(body);
  }
}

describe("while one getOrPut produces", () => {
  test("others for the same action wait for it, and get the same entry", async () => {
    const { cache, log } = await play(store);
    const production = new Production();
    const action = key(1).slice();
    const waiting = Array.from({ length: 50 }, () => cache.getOrPut(action, production.produce));
    action.fill(0); // must not change the action that is waited for
    await production.asked;
    waiting.push(cache.getOrPut(key(1), production.produce));
    production.make(body);
    for (const entry of await Promise.all(waiting)) {
      expect(entry).toMatchObject({ outputID });
      entry.outputID.fill(0); // must not change the other callers' entries
    }
    expect(production.calls).toBe(1);
    expect(await cache.getFile(key(1))).toMatchObject({ outputID });
    await cache.close();
    expect(log.all).toEqual(["get", "put", "get", "close"]);
  });

  test("one for another action doesn't wait", async () => {
    const { cache } = await play(store);
    const production = new Production();
    const waiting = cache.getOrPut(key(1), production.produce);
    await production.asked;
    expect(await cache.getOrPut(key(2), () => "another")).toMatchObject({ outputID: sha256("another") });
    production.make(body);
    await waiting;
    await cache.close();
  });

  test("the others fail if it fails", async () => {
    const { cache } = await play(store);
    let calls = 0;
    const produce = () => Promise.reject(new Error(`failure ${++calls}`));
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => cache.getOrPut(key(1), produce)));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { message: "failure 1" } });
    await cache.close();
  });

  test("an abort rejects only the aborted one; the others get their entry", async () => {
    const { cache } = await play(store);
    const production = new Production();
    const controller = new AbortController();
    const aborted = failure(cache.getOrPut(key(1), production.produce, { signal: controller.signal }));
    const stays = cache.getOrPut(key(1), () => "never asked for");
    await production.asked;
    controller.abort("enough");
    expect(await aborted).toMatchObject({ code: "ABORTED", cause: "enough" });
    production.make(body);
    expect(await stays).toMatchObject({ outputID });
    await cache.close();
  });

  test("after an abort of all, nothing is put", async () => {
    const { cache, log } = await play(store);
    const production = new Production();
    const controller = new AbortController();
    const { signal } = controller;
    const all = [1, 2, 3].map(() => failure(cache.getOrPut(key(1), production.produce, { signal })));
    await production.asked;
    controller.abort();
    for (const error of await Promise.all(all)) expect(error).toMatchObject({ code: "ABORTED" });
    production.make(body);
    await cache.close();
    expect(log.all).toEqual(["get", "close"]);
  });

  test("after an abort of all, new ones wait for it to finish, and then produce", async () => {
    const { cache, log } = await play(store);
    const first = new Production();
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = failure(cache.getOrPut(key(1), first.produce, { signal }));
    await first.asked;
    controller.abort();
    expect(await aborted).toMatchObject({ code: "ABORTED" });
    const second = new Production();
    const late = [1, 2].map(() => cache.getOrPut(key(1), second.produce));
    expect(await cache.get(key(2))).toBeNull(); // a few turns of the event loop
    expect(second.calls).toBe(0);
    first.make("too late");
    await second.asked;
    second.make(body);
    for (const entry of await Promise.all(late)) expect(entry).toMatchObject({ outputID });
    expect([first.calls, second.calls]).toEqual([1, 1]);
    await cache.close();
    expect(log.all).toEqual(["get", "get", "get", "put", "close"]);
  });

  test("after an abort of all, new ones share one body, whether the first has finished or not", async () => {
    const { cache } = await play(store);
    const first = new Production();
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = failure(cache.getOrPut(key(1), first.produce, { signal }));
    await first.asked;
    controller.abort();
    await aborted;
    const second = new Production();
    const before = cache.getOrPut(key(1), second.produce);
    first.make("too late");
    await second.asked; // the first has finished
    const after = cache.getOrPut(key(1), () => expect.unreachable());
    second.make(body);
    for (const entry of await Promise.all([before, after])) expect(entry).toMatchObject({ outputID });
    await cache.close();
  });

  test("after an abort of all before the get was answered, nothing is produced", async () => {
    const fifo = new Fifo(directory);
    const { cache } = await play(
      `hello(); peek(); log("asked"); gate("${fifo.path}"); ${store.replace("hello();", "")}`,
    );
    const production = new Production();
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = failure(cache.getOrPut(key(1), production.produce, { signal }));
    controller.abort();
    expect(await aborted).toMatchObject({ code: "ABORTED" });
    const other = cache.get(key(2));
    await fifo.open();
    expect(await other).toBeNull();
    expect(production.calls).toBe(0);
    await cache.close();
  });

  test("its memory is freed once its callers have their entry", async () => {
    writeFileSync(kept, body);
    const entry = { outputID, size: body.length, time: Temporal.Now.instant(), diskPath: kept };
    const producer = new Producer({ get: async () => null, put: async () => entry });
    const signals = () => heapStats().objectTypeCounts.AbortSignal ?? 0;
    Bun.gc(true);
    const before = signals();
    for (let n = 0; n < 500; n++) {
      await producer.getOrPut(key(n), () => body, { accept: isWhole, signal: undefined });
    }
    Bun.gc(true);
    expect(signals() - before).toBeLessThan(100);
  });

  test("after an abort of all while the file of a hit was checked, nothing is produced", async () => {
    const controller = new AbortController();
    const diskPath = "/there/is/nothing";
    const entry = { outputID, size: body.length, time: Temporal.Now.instant(), diskPath };
    writeFileSync(kept, body);
    const looking = Promise.withResolvers<void>();
    const producer = new Producer({
      async get() {
        looking.resolve();
        return entry;
      },
      put: async () => ({ ...entry, diskPath: kept }),
    });
    const production = new Production();
    const { signal } = controller;
    const aborted = failure(producer.getOrPut(key(1), production.produce, { accept: isWhole, signal }));
    await looking.promise;
    controller.abort();
    expect(await aborted).toMatchObject({ code: "ABORTED" });
    // The next one waits until the first has finished.
    const next = producer.getOrPut(key(1), () => body, { accept: isWhole, signal: undefined });
    expect(await next).toMatchObject({ diskPath: kept });
    expect(production.calls).toBe(0);
  });
});
