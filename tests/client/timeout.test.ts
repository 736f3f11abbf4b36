import { describe, expect, test } from "bun:test";
import { guardEachTest } from "./guard.ts";
import { isAlive } from "./processes.ts";
import { failure, key, play } from "./scripted.ts";

guardEachTest();

describe("a call that isn't answered", () => {
  test("rejects with TIMEOUT, the connection stays open, and the late response is dropped", async () => {
    const { cache } = await play(
      `
        hello();
        let late = [];
        for (const { ID, Command } of requests()) {
          if (ID <= 2) { late.push(ID); continue; }
          for (const ID of late.splice(0)) say({ ID, Miss: true });
          say({ ID, Miss: true });
        }
      `,
      { responseTimeout: 1_000 },
    );
    const calls = [failure(cache.get(key(1))), failure(cache.put(key(2), "body"))];
    const [get, put] = await Promise.all(calls);
    expect(get).toMatchObject({ code: "TIMEOUT" });
    expect(get?.message).toEndWith("did not answer get (request 1) within 1000 ms");
    expect(put?.message).toEndWith("did not answer put (request 2) within 1000 ms");
    expect(await cache.get(key(3))).toBeNull();
    expect(await cache.get(key(4))).toBeNull();
    await cache.close();
  });

  test("doesn't time out the calls that were sent after it", async () => {
    const { cache } = await play(
      `
        hello();
        for (const { ID } of requests()) if (ID !== 1) say({ ID, Miss: true });
      `,
      { responseTimeout: 1_000 },
    );
    const first = failure(cache.get(key(1)));
    for (let id = 2; id < 50; id++) expect(await cache.get(key(id))).toBeNull();
    expect((await first).code).toBe("TIMEOUT");
    expect(await cache.get(key(50))).toBeNull();
    await cache.close();
  });

  test("rejects too if it was sent a little after another unanswered call", async () => {
    const { cache } = await play(
      `hello(); for (const { ID } of requests()) if (ID !== 1 && ID !== 10) say({ ID, Miss: true });`,
      { responseTimeout: 1_000 },
    );
    const first = failure(cache.get(key(1)));
    for (let id = 2; id < 10; id++) await cache.get(key(id));
    const tenth = failure(cache.get(key(10)));
    expect((await first).code).toBe("TIMEOUT");
    expect((await tenth).message).toEndWith("did not answer get (request 10) within 1000 ms");
    await cache.close();
  });

  test("never times out if responseTimeout is Infinity", async () => {
    const { cache } = await play(
      `
        hello();
        setTimeout(() => { for (const { ID } of requests()) say({ ID, Miss: true }); }, 50);
      `,
      { responseTimeout: Number.POSITIVE_INFINITY },
    );
    expect(await cache.get(key(1))).toBeNull();
    await cache.close();
  });
});

describe("a program that stops reading", () => {
  test("fails the put that is being sent and all pending calls, after responseTimeout without progress", async () => {
    const { cache } = await play(`hello(); hang()`, { responseTimeout: 300 });
    const body = new Uint8Array(3_000_000);
    const calls = [cache.put(key(1), body), cache.get(key(2)), cache.put(key(3), body)].map(failure);
    for (const error of await Promise.all(calls)) {
      expect(error.code).toBe("TIMEOUT");
      expect(error.message).toMatch(
        /reads it too slowly: it did not take a write within 300 ms$|did not answer get/,
      );
    }
    expect((await failure(cache.get(key(4)))).message).toContain("stopped reading its stdin");
    await cache.close();
    expect(isAlive(cache.pid)).toBe(false);
  });

  test("fails thousands of gets, more than the pipe holds", async () => {
    const { cache } = await play(`hello(); hang()`, { responseTimeout: 300 });
    const errors = await Promise.all(Array.from({ length: 10_000 }, (_, n) => failure(cache.get(key(n)))));
    for (const error of errors) expect(error.code).toBe("TIMEOUT");
    await cache.close();
  });

  test("isn't confused with one that reads slowly", async () => {
    const { cache, log } = await play(
      `
        hello(["put"]);
        let rest = 0;
        const chunk = Buffer.alloc(256 * 1024);
        const pause = new Int32Array(new SharedArrayBuffer(4));
        let length = 0;
        for (let read = 1; read > 0 && !chunk.subarray(0, read).toString("latin1").endsWith('"\\n'); ) {
          read = fs.readSync(0, chunk);
          length += read;
          Atomics.wait(pause, 0, 0, 200);
        }
        say({ ID: 1, DiskPath: "/a" });
        for (const _ of lines());
        log(length);
      `,
      { responseTimeout: 1_000 },
    );
    // 2,000,000 bytes in base64: more than the program can read within responseTimeout.
    const began = performance.now();
    expect(await cache.put(key(1), new Uint8Array(1_500_000))).toMatchObject({ diskPath: "/a" });
    expect(performance.now() - began).toBeGreaterThan(1_000);
    await cache.close();
    expect(Number(log.all[0])).toBeGreaterThan(2_000_000);
  });

  test("fails close after responseTimeout if the rest of an aborted body is still to be sent", async () => {
    const { cache, log } = await play(`hello(); peek(); log("began"); hang()`, { responseTimeout: 1_000 });
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = failure(cache.put(key(1), new Uint8Array(3_000_000), { signal }));
    await log.after("began");
    controller.abort();
    expect((await aborted).code).toBe("ABORTED");
    const error = await failure(cache.close());
    expect(error.code).toBe("TIMEOUT");
    expect(error.message).toContain("stopped reading its stdin");
    expect(isAlive(cache.pid)).toBe(false);
  });
});
