import { describe, expect, test } from "bun:test";
import { Random } from "../../fixtures/random.ts";
import { guardEachTest } from "./guard.ts";
import { key, play } from "./scripted.ts";

guardEachTest();

describe("requests in flight", () => {
  test("get their own responses, in any order, even if there are thousands", async () => {
    const count = 5_000;
    const { cache, log } = await play(`
      hello();
      const held = [];
      for (const { ID, Command, ActionID } of requests()) {
        if (Command === "close") { say({ ID }); continue; }
        if (held.push({ ID, OutputID: ActionID, Size: ID, DiskPath: "/" + ActionID }) < ${count}) continue;
        log("all");
        for (let n = 0; n < held.length; n++) {
          const other = (n * 7919 + 13) % held.length;
          [held[n], held[other]] = [held[other], held[n]];
        }
        raw(held.map((answer) => JSON.stringify(answer)).join("\\n"));
      }
    `);
    const actions = Array.from({ length: count }, (_, name) => key(name));
    const entries = await Promise.all(actions.map((action) => cache.get(action)));
    expect(entries.map((entry) => entry?.diskPath)).toEqual(actions.map((action) => `/${action.toBase64()}`));
    expect(entries.every((entry, n) => Buffer.compare(entry?.outputID ?? Buffer.of(), key(n)) === 0)).toBe(
      true,
    );
    // Gets are sent in the order of the calls, so their IDs are too.
    expect(entries.map((entry) => entry?.size)).toEqual(actions.map((_, n) => n + 1));
    await cache.close();
    expect(log.all).toEqual(["all"]);
  });

  test("have IDs from 1 without a gap, in the order on the wire", async () => {
    const { cache, log } = await play(`
      hello();
      let last = 0;
      for (const { ID, Command } of requests()) {
        if (ID !== ++last) log("ID " + ID + " came after " + (last - 1));
        say(Command === "put" ? { ID, DiskPath: "/a" } : { ID, Miss: true });
      }
      log("last " + last);
    `);
    const random = new Random(1);
    const calls = Array.from({ length: 600 }, (_, name): Promise<unknown> => {
      const kind = random.below(3);
      if (kind === 0) return cache.get(key(name));
      return cache.put(key(name), random.bytes(kind === 1 ? random.below(100) : 70_000));
    });
    await Promise.all(calls);
    await cache.close();
    expect(log.all).toEqual([`last ${calls.length + 1}`]);
  });

  test("that are made while a large body is sent are sent after it", async () => {
    const { cache } = await play(`
      hello();
      for (const { ID, Command, Body } of requests())
        say(Command === "put" ? { ID, DiskPath: String(Body.length) } : { ID, Miss: true });
    `);
    const large = cache.put(key(0), new Uint8Array(9_000_000));
    const gets = Array.from({ length: 100 }, (_, name) => cache.get(key(name)));
    expect((await large).diskPath).toBe("12000000");
    expect(await Promise.all(gets)).toEqual(Array(100).fill(null));
    await cache.close();
  });

  test("don't deadlock with a program that stops reading until its responses are read", async () => {
    // 20,000 responses are more than the pipe holds, and the program reads on only when they are read.
    const { cache } = await play(`
      hello();
      for (const { ID } of requests()) raw(JSON.stringify({ ID, Miss: true, DiskPath: "x".repeat(500) }));
    `);
    const gets = Array.from({ length: 20_000 }, () => cache.get(key(1)));
    expect((await Promise.all(gets)).every((entry) => entry === null)).toBe(true);
    await cache.close();
  });

  /** Arrays of 32 bytes. node:crypto returns a Buffer, whose slice() shares its memory. */
  const arrays: [name: string, make: () => Uint8Array][] = [
    ["a Uint8Array", () => new Uint8Array(32)],
    ["a Buffer", () => Buffer.alloc(32)],
    ["a part of a Buffer", () => Buffer.alloc(100).subarray(50, 82)],
    ["shared memory", () => new Uint8Array(new SharedArrayBuffer(32))],
    ["memory that can grow", () => new Uint8Array(new ArrayBuffer(32, { maxByteLength: 64 }))],
  ];

  test.each(arrays)(
    "keep a copy of the action id while the body of a put is prepared: %s",
    async (_, make) => {
      const { cache } = await play(`
      hello();
      for (const { ID, Command, ActionID } of requests())
        say(Command === "get" ? { ID, Miss: true } : { ID, DiskPath: "/" + ActionID });
    `);
      const action = make();
      const ids = [1, 2, 3, 4].map((fill) => new Uint8Array(32).fill(fill));
      const bodies = () => [new Blob(["body"]), new Uint8Array(2_000_000), "body"];
      const calls = ids.flatMap((id) => {
        action.set(id);
        return [...bodies().map((body) => cache.put(action, body))];
      });
      action.fill(255);
      const paths = (await Promise.all(calls)).map(({ diskPath }) => diskPath);
      expect(paths).toEqual(ids.flatMap((id) => Array(3).fill(`/${id.toBase64()}`)));
      await cache.close();
    },
  );

  test.each(arrays)("keep a copy of the action id while getOrPut produces: %s", async (_, make) => {
    const { cache, log } = await play(`
      hello();
      for (const { ID, Command, ActionID } of requests()) {
        log(Command + " " + ActionID);
        say(Command === "get" ? { ID, Miss: true } : { ID, DiskPath: "${process.execPath}" });
      }
    `);
    const action = make().fill(1);
    const entry = cache.getOrPut(action, async () => "body");
    action.fill(255);
    await entry;
    await cache.close();
    const id = new Uint8Array(32).fill(1).toBase64();
    expect(log.all.slice(0, 2)).toEqual([`get ${id}`, `put ${id}`]);
  });

  test.each(arrays)(
    "keep a copy of the action id, so the caller can reuse its array: %s",
    async (_, make) => {
      const { cache } = await play(`
      hello();
      for (const { ID, ActionID } of requests()) say({ ID, OutputID: ActionID, DiskPath: "/a" });
    `);
      const action = make();
      const gets = Array.from({ length: 100 }, (_, n) => {
        action.fill(n);
        return cache.get(action);
      });
      action.fill(255);
      const outputs = (await Promise.all(gets)).map((entry) => entry?.outputID[0]);
      expect(outputs).toEqual(Array.from({ length: 100 }, (_, n) => n));
      await cache.close();
    },
  );
});
