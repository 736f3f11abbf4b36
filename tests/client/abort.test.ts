import { describe, expect, test } from "bun:test";
import { truncateSync, writeFileSync } from "node:fs";
import { Random } from "../../fixtures/random.ts";
import { Fifo } from "./fifo.ts";
import { guardEachTest, temporaryDirectory } from "./guard.ts";
import { failure, key, play, sha256 } from "./scripted.ts";

guardEachTest();
const directory = temporaryDirectory();

/** Logs each request, and answers all except gets of key("silent"). */
const logging = `
  hello();
  for (const { ID, Command, ActionID, Body } of requests()) {
    log([Command, ID, Body?.length ?? 0].join(" "));
    if (ActionID === "${key("silent").toBase64()}") continue;
    say(Command === "put" ? { ID, DiskPath: "/a" } : { ID, Miss: true });
  }
`;

describe("aborting", () => {
  test("before a call rejects it with ABORTED and the reason, and nothing is sent", async () => {
    const { cache, log } = await play(logging);
    const signal = AbortSignal.abort("changed my mind");
    const calls = [
      cache.get(key(1), { signal }),
      cache.put(key(1), "body", { signal }),
      cache.getFile(key(1), { signal }),
      cache.getBytes(key(1), { signal }),
      cache.getOrPut(key(1), () => "body", { signal }),
    ];
    for (const error of await Promise.all(calls.map(failure))) {
      expect(error).toMatchObject({ code: "ABORTED", cause: "changed my mind" });
    }
    expect(await cache.get(key(2))).toBeNull();
    await cache.close();
    expect(log.all).toEqual(["get 1 0", "close 2 0"]);
  });

  test("a queued call removes it: nothing is sent, and no ID is skipped", async () => {
    const { cache, log } = await play(logging);
    const controller = new AbortController();
    const { signal } = controller;
    const before = cache.get(key(1));
    // A Blob takes a turn to open. Bytes would be written at once, as the program is idle.
    const body = new Blob(["body"]);
    const aborted = [cache.get(key(2), { signal }), cache.put(key(2), body, { signal })].map(failure);
    const after = cache.get(key(3));
    controller.abort();
    for (const error of await Promise.all(aborted)) expect(error).toMatchObject({ code: "ABORTED" });
    expect(await before).toBeNull();
    expect(await after).toBeNull();
    await cache.close();
    expect(log.all).toEqual(["get 1 0", "get 2 0", "close 3 0"]);
  });

  test("a call that waits behind a body removes it: nothing is sent", async () => {
    const fifo = new Fifo(directory);
    const path = `${directory}/waits`;
    await Bun.write(path, new Uint8Array(1_000_000));
    const { cache, log } = await play(`hello(); gate("${fifo.path}"); ${logging.replace("hello();", "")}`);
    const controller = new AbortController();
    const { signal } = controller;
    const body = new Uint8Array(999_999); // hashed at once, and larger than the pipe
    const large = cache.put(key("large"), body);
    const aborted = [
      cache.put(key(2), Bun.file(path), { signal }),
      cache.get(key(2), { signal }),
      cache.put(key(2), "body", { signal }),
    ].map(failure);
    controller.abort();
    for (const error of await Promise.all(aborted)) expect(error).toMatchObject({ code: "ABORTED" });
    await fifo.open();
    expect(await large).toMatchObject({ size: body.length });
    await cache.close();
    expect(log.all).toEqual([`put 1 ${(body.length / 3) * 4}`, "close 2 0"]);
  });

  test("a put while its body is sent settles when the last byte was read, and the rest is sent unchanged", async () => {
    const fifo = new Fifo(directory);
    const { cache, log } = await play(`
      hello();
      peek();
      log("began");
      gate("${fifo.path}");
      for (const { ID, Command, Body } of requests()) {
        if (Command === "put") log(new Bun.CryptoHasher("sha256").update(Body, "base64").digest("base64"));
        say(Command === "put" ? { ID, DiskPath: "/a" } : { ID, Miss: true });
      }
    `);
    const body = new Random(1).bytes(3_000_000);
    const outputID = sha256(body);
    const controller = new AbortController();
    const aborted = failure(cache.put(key(1), body, { signal: controller.signal }));
    await log.after("began");
    const after = cache.get(key(2));
    controller.abort("enough");
    let isSettled = false;
    // Once the put has settled, the caller may change its body.
    const reused = aborted.then((error) => {
      isSettled = true;
      body.fill(0);
      return error;
    });
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(isSettled).toBe(false);
    await fifo.open();
    expect(await reused).toMatchObject({ code: "ABORTED", cause: "enough" });
    expect(await after).toBeNull();
    await cache.close();
    expect(log.all).toEqual(["began", outputID.toBase64()]);
  });

  test("a put while its file is sent settles when the last byte was read", async () => {
    const fifo = new Fifo(directory);
    const path = `${directory}/reused`;
    const body = new Random(2).bytes(3_000_000);
    writeFileSync(path, body);
    const { cache, log } = await play(`
      hello();
      peek();
      log("began");
      gate("${fifo.path}");
      for (const { ID, Command, Body } of requests()) {
        if (Command === "put") log(new Bun.CryptoHasher("sha256").update(Body, "base64").digest("base64"));
        say(Command === "put" ? { ID, DiskPath: "/a" } : { ID, Miss: true });
      }
    `);
    const controller = new AbortController();
    const aborted = failure(cache.put(key(1), Bun.file(path), { signal: controller.signal }));
    await log.after("began");
    controller.abort();
    const reused = aborted.then((error) => {
      writeFileSync(path, "something else");
      return error;
    });
    await fifo.open();
    expect(await reused).toMatchObject({ code: "ABORTED" });
    expect(await cache.get(key(2))).toBeNull();
    await cache.close();
    expect(log.all).toEqual(["began", sha256(body).toBase64()]);
  });

  test("a put whose body was read but not written yet settles at once", async () => {
    const fifo = new Fifo(directory);
    const { cache, log } = await play(
      `hello(); peek(); log("began"); gate("${fifo.path}"); ${logging.replace("hello();", "")}`,
    );
    const large = cache.put(key("large"), new Uint8Array(999_999));
    await log.after("began");
    const controller = new AbortController();
    const aborted = failure(cache.put(key(1), new Uint8Array(9_000), { signal: controller.signal }));
    controller.abort();
    expect(await aborted).toMatchObject({ code: "ABORTED" });
    await fifo.open();
    await large;
    await cache.close();
  });

  test("a put while its body is sent settles when the program dies", async () => {
    const { cache, log } = await play(`hello(); peek(); log("began"); hang()`);
    const controller = new AbortController();
    const aborted = failure(cache.put(key(1), new Uint8Array(3_000_000), { signal: controller.signal }));
    await log.after("began");
    controller.abort();
    process.kill(cache.pid, "SIGKILL");
    expect(await aborted).toMatchObject({ code: "ABORTED" });
    await cache.close().catch(() => {});
  });

  test("a put while its file is hashed stops the hash and frees the slot", async () => {
    const path = `${directory}/sparse`;
    writeFileSync(path, "");
    truncateSync(path, 2 ** 40); // too large to hash during a test
    const { cache, log } = await play(logging);
    for (const others of [1, 16]) {
      const controller = new AbortController();
      const { signal } = controller;
      const aborted = Array.from({ length: others }, () =>
        failure(cache.put(key(1), Bun.file(path), { signal })),
      );
      await cache.get(key("a turn"));
      controller.abort();
      for (const error of await Promise.all(aborted)) expect(error).toMatchObject({ code: "ABORTED" });
      expect(await cache.put(key(2), new Blob(["body"]))).toMatchObject({ size: 4 });
    }
    const { signal } = new AbortController();
    const left = failure(cache.put(key(3), Bun.file(path), { signal }));
    process.kill(cache.pid, "SIGKILL");
    expect(await left).toMatchObject({ code: "EXITED" });
    // It settles when no body is open.
    await cache.close().catch(() => {});
    expect(log.all.filter((line) => line.startsWith("put"))).toEqual(["put 2 8", "put 4 8"]);
  });

  test("a put while its body is sent doesn't cut it short at close, even if close isn't declared", async () => {
    const fifo = new Fifo(directory);
    const { cache, log } = await play(`
      hello(["put"]);
      peek();
      log("began");
      gate("${fifo.path}");
      for (const { Body } of requests()) log(Body.length);
      log("end");
    `);
    const controller = new AbortController();
    const body = new Uint8Array(3_000_000);
    const aborted = failure(cache.put(key(1), body, { signal: controller.signal }));
    await log.after("began");
    controller.abort();
    const closing = cache.close();
    await fifo.open();
    expect(await aborted).toMatchObject({ code: "ABORTED" });
    await closing;
    expect(log.all).toEqual(["began", String((body.length / 3) * 4), "end"]);
  });

  test("a call that waits for its response settles at once, and the late response is dropped", async () => {
    const { cache, log } = await play(`
      hello();
      const held = [];
      for (const { ID, Command } of requests()) {
        log("got " + ID);
        if (Command === "get" && ID <= 2) { held.push(ID); continue; }
        for (const ID of held.splice(0)) say({ ID, Miss: true });
        say({ ID, Miss: true });
      }
    `);
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = failure(cache.get(key(1), { signal }));
    const waits = cache.get(key(2));
    await log.after("got 2");
    controller.abort();
    expect(await aborted).toMatchObject({ code: "ABORTED" });
    expect(await cache.get(key(3))).toBeNull();
    expect(await waits).toBeNull();
    expect(await cache.get(key(4))).toBeNull();
    await cache.close();
  });

  test("after the response has no effect", async () => {
    const { cache } = await play(logging);
    const controller = new AbortController();
    const { signal } = controller;
    expect(await cache.get(key(1), { signal })).toBeNull();
    controller.abort();
    expect(await cache.get(key(1))).toBeNull();
    await cache.close();
  });

  test("a signal of thousands of calls rejects them all", async () => {
    const { cache, log } = await play(logging);
    const controller = new AbortController();
    const { signal } = controller;
    const calls = Array.from({ length: 3_000 }, () => failure(cache.get(key("silent"), { signal })));
    await log.after("get 3000 ");
    controller.abort();
    for (const error of await Promise.all(calls)) expect(error.code).toBe("ABORTED");
    expect(await cache.get(key(1))).toBeNull();
    await cache.close();
  });

  test("a call allows only one response to it: a second is a PROTOCOL_ERROR", async () => {
    const { cache, log } = await play(`
      hello();
      for (const { ID } of requests()) {
        log("got " + ID);
        if (ID === 2) { say({ ID: 1, Miss: true }); say({ ID: 1, Miss: true }); }
      }
    `);
    const controller = new AbortController();
    const aborted = failure(cache.get(key(1), { signal: controller.signal }));
    await log.after("got 1");
    controller.abort();
    await aborted;
    expect(await failure(cache.get(key(2)))).toMatchObject({ code: "PROTOCOL_ERROR" });
    await cache.close();
  });
});
