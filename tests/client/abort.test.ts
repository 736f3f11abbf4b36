import { describe, expect, test } from "bun:test";
import { Fifo } from "./fifo.ts";
import { guardEachTest, temporaryDirectory } from "./guard.ts";
import { failure, key, play } from "./scripted.ts";

guardEachTest();
const directory = temporaryDirectory();

/** Logs each request, answers all but gets of a key that it is told to keep silent about. */
const logging = `
  hello();
  for (const { ID, Command, ActionID, Body } of requests()) {
    log([Command, ID, Body?.length ?? 0].join(" "));
    if (ActionID === "${key("silent").toBase64()}") continue;
    say(Command === "put" ? { ID, DiskPath: "/a" } : { ID, Miss: true });
  }
`;

describe("a call whose signal", () => {
  test("fired before fails with ABORTED and the reason; nothing is sent", async () => {
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

  test("fires before its turn came leaves the queue; nothing is sent, and no id is lost", async () => {
    const { cache, log } = await play(logging);
    const controller = new AbortController();
    const { signal } = controller;
    const before = cache.get(key(1));
    // A Blob takes a turn to be opened; bytes for a program that waits are written at once.
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

  test("fires while it waits behind a body leaves the queue; nothing is sent", async () => {
    const fifo = new Fifo(directory);
    const path = `${directory}/waits`;
    await Bun.write(path, new Uint8Array(1_000_000));
    const { cache, log } = await play(`hello(); gate("${fifo.path}"); ${logging.replace("hello();", "")}`);
    const controller = new AbortController();
    const { signal } = controller;
    const body = new Uint8Array(999_999); // hashed at once, and more than the pipe takes
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

  test("fires in the middle of its body releases the caller at once; the rest still goes out", async () => {
    const fifo = new Fifo(directory);
    const { cache, log } = await play(
      `hello(); peek(); log("began"); gate("${fifo.path}"); ${logging.replace("hello();", "")}`,
    );
    const controller = new AbortController();
    const body = new Uint8Array(3_000_000);
    const aborted = failure(cache.put(key(1), body, { signal: controller.signal }));
    await log.after("began");
    const after = cache.get(key(2));
    controller.abort("enough");
    expect(await aborted).toMatchObject({ code: "ABORTED", cause: "enough" });
    await fifo.open();
    expect(await after).toBeNull();
    await cache.close();
    expect(log.all).toEqual(["began", `put 1 ${(body.length / 3) * 4}`, "get 2 0", "close 3 0"]);
  });

  test("fires in the middle of its body does not cut it short at close, where close is not declared", async () => {
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
    expect(await aborted).toMatchObject({ code: "ABORTED" });
    const closing = cache.close();
    await fifo.open();
    await closing;
    expect(log.all).toEqual(["began", String((body.length / 3) * 4), "end"]);
  });

  test("fires while it waits for its answer releases the caller; the answer is dropped when it comes", async () => {
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

  test("fires after the answer changes nothing", async () => {
    const { cache } = await play(logging);
    const controller = new AbortController();
    const { signal } = controller;
    expect(await cache.get(key(1), { signal })).toBeNull();
    controller.abort();
    expect(await cache.get(key(1))).toBeNull();
    await cache.close();
  });

  test("is that of thousands ends them all", async () => {
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

  test("a second answer to an aborted call is one too many", async () => {
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
