import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Body, CacheProg } from "../../../src/index.ts";
import { guardEachTest, temporaryDirectory } from "../guard.ts";
import { failure, key, play } from "../scripted.ts";
import type { Lines } from "../stderr-lines.ts";

guardEachTest();
const directory = temporaryDirectory();
const body = "the body";

/** A program that keeps bodies in a directory of its own, and logs each request. */
function storeIn(folder: string): string {
  mkdirSync(folder);
  return `
    hello();
    const entries = new Map();
    for (const { ID, Command, ActionID, OutputID, BodySize = 0, Body = "" } of requests()) {
      log(Command);
      if (Command === "put") {
        const DiskPath = "${folder}/" + Buffer.from(OutputID, "base64").toString("hex");
        fs.writeFileSync(DiskPath, Buffer.from(Body, "base64"));
        entries.set(ActionID, { OutputID, Size: BodySize, DiskPath });
        say({ ID, DiskPath });
      } else say({ ID, ...(entries.get(ActionID) ?? { Miss: true }) });
    }
  `;
}

interface Connected {
  readonly cache: CacheProg;
  readonly log: Lines;
  readonly folder: string;
}

/** Starts connections, each with a cache of its own, and closes them after `act`. */
async function connected(count: number, act: (...connections: Connected[]) => Promise<void>): Promise<void> {
  const all = await Promise.all(
    Array.from({ length: count }, async () => {
      const folder = join(directory, crypto.randomUUID());
      return { ...(await play(storeIn(folder))), folder };
    }),
  );
  try {
    await act(...all);
  } finally {
    await Promise.all(all.map(({ cache }) => cache.close().catch(() => {})));
  }
}

/** A produce that is pending until the test settles it. */
class Pending {
  readonly #made = Promise.withResolvers<Body>();
  readonly #asked = Promise.withResolvers<void>();
  readonly make = this.#made.resolve;
  readonly fail = this.#made.reject;
  readonly asked = this.#asked.promise;
  calls = 0;

  readonly produce = (): Promise<Body> => {
    this.calls++;
    this.#asked.resolve();
    return this.#made.promise;
  };
}

/** Resolves when a connection's getOrPut has got its miss, and has gone on from there. */
async function missed({ cache, log }: Connected): Promise<void> {
  await log.after("get");
  await cache.get(key("another"));
  await cache.get(key("another"));
}

describe("two connections that produce an action at the same time", () => {
  test("produce it once, and each puts it into its own cache", async () => {
    await connected(2, async (one, other) => {
      const pending = new Pending();
      const first = one.cache.getOrPut(key(1), pending.produce);
      await pending.asked;
      const second = other.cache.getOrPut(key(1), () => expect.unreachable());
      await missed(other);
      pending.make(body);
      for (const [entry, { folder, cache }] of [
        [await first, one],
        [await second, other],
      ] as const) {
        expect(entry).toMatchObject({ hit: false, stored: true });
        expect(entry.diskPath).toStartWith(folder);
        expect(readFileSync(entry.diskPath, "utf8")).toBe(body);
        expect(await cache.getOrPut(key(1), () => expect.unreachable())).toMatchObject({ hit: true });
      }
    });
  });

  test("keep it both if neither program stores it", async () => {
    const dies = `hello(); for (const { ID, Command } of requests()) { if (Command === "put") process.exit(1); say({ ID, Miss: true }); }`;
    const [{ cache: one }, other] = [
      await play(dies),
      await play(dies.replace("hello();", `hello(); log("get");`)),
    ];
    const pending = new Pending();
    const first = one.getOrPut(key(1), pending.produce);
    await pending.asked;
    const second = other.cache.getOrPut(key(1), () => expect.unreachable());
    await missed({ ...other, folder: "" });
    pending.make(new Response(body));
    const { diskPath } = await first;
    const copy = await second;
    expect([await first, copy].map(({ stored }) => stored)).toEqual([false, false]);
    await one.close();
    expect(readFileSync(copy.diskPath, "utf8")).toBe(body); // a copy of its own
    expect(copy.diskPath).not.toBe(diskPath);
    await other.cache.close();
  });

  test("produce it one after the other if the first fails", async () => {
    await connected(2, async (one, other) => {
      const [pending, next] = [new Pending(), new Pending()];
      const first = one.cache.getOrPut(key(1), pending.produce);
      await pending.asked;
      const second = other.cache.getOrPut(key(1), next.produce);
      await missed(other);
      expect(next.calls).toBe(0);
      pending.fail(new Error("out of ink"));
      await expect(first).rejects.toThrow("out of ink");
      await next.asked;
      next.make(body);
      expect(await second).toMatchObject({ stored: true });
    });
  });

  test("produce it one after the other if all callers of the first abort", async () => {
    await connected(2, async (one, other) => {
      const [pending, next] = [new Pending(), new Pending()];
      const controller = new AbortController();
      const first = failure(one.cache.getOrPut(key(1), pending.produce, { signal: controller.signal }));
      await pending.asked;
      const second = other.cache.getOrPut(key(1), next.produce);
      await missed(other);
      controller.abort();
      expect(await first).toMatchObject({ code: "ABORTED" });
      pending.make("too late");
      await next.asked;
      next.make(body);
      expect(readFileSync((await second).diskPath, "utf8")).toBe(body);
    });
  });

  test("produce it both if the file of the first is damaged", async () => {
    await connected(1, async (other) => {
      const path = join(directory, "damaged");
      writeFileSync(path, body.toUpperCase());
      const { cache: one } = await play(
        `hello(); for (const { ID, Command } of requests()) say({ ID, Miss: true, DiskPath: "${path}" });`,
      );
      const pending = new Pending();
      const first = one.getOrPut(key(1), pending.produce);
      await pending.asked;
      const second = other.cache.getOrPut(key(1), () => "my own");
      await missed(other);
      pending.make(body);
      expect(await first).toMatchObject({ diskPath: path, stored: true });
      expect(readFileSync((await second).diskPath, "utf8")).toBe("my own");
      await one.close();
    });
  });

  test("an abort of the second doesn't wait for the first", async () => {
    await connected(2, async (one, other) => {
      const pending = new Pending();
      const first = one.cache.getOrPut(key(1), pending.produce);
      await pending.asked;
      const controller = new AbortController();
      const { signal } = controller;
      const second = failure(other.cache.getOrPut(key(1), () => expect.unreachable(), { signal }));
      await missed(other);
      controller.abort();
      expect(await second).toMatchObject({ code: "ABORTED" });
      // The next call in its connection waits for the first again.
      const third = other.cache.getOrPut(key(1), () => expect.unreachable());
      await missed(other);
      pending.make(body);
      expect(await first).toMatchObject({ stored: true });
      expect(await third).toMatchObject({ stored: true });
    });
  });
});

describe("one connection asks another in its produce", () => {
  test("and for the same action: the other produces it", async () => {
    await connected(2, async (local, remote) => {
      const entry = await local.cache.getOrPut(key(1), async () => {
        const { diskPath } = await remote.cache.getOrPut(key(1), () => body);
        return Bun.file(diskPath);
      });
      expect(readFileSync(entry.diskPath, "utf8")).toBe(body);
      expect([local, remote].map(({ folder }) => readdirSync(folder).length)).toEqual([1, 1]);
    });
  });

  test("which already waits for it: that one gives up waiting, and produces", async () => {
    await connected(2, async (local, remote) => {
      const [begun, waits] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const first = local.cache.getOrPut(key(1), async () => {
        begun.resolve();
        await waits.promise;
        const { diskPath } = await remote.cache.getOrPut(key(1), () => expect.unreachable());
        return Bun.file(diskPath);
      });
      await begun.promise;
      const second = remote.cache.getOrPut(key(1), () => body);
      await missed(remote);
      waits.resolve();
      expect(readFileSync((await second).diskPath, "utf8")).toBe(body);
      expect(readFileSync((await first).diskPath, "utf8")).toBe(body);
    });
  });

  test("which asks the first again: that would never end, and is refused", async () => {
    await connected(2, async (local, remote) => {
      const inner = () => local.cache.getOrPut(key(1), outer).then(({ diskPath }) => Bun.file(diskPath));
      const outer = () => remote.cache.getOrPut(key(1), inner).then(({ diskPath }) => Bun.file(diskPath));
      const error = await failure(local.cache.getOrPut(key(1), outer));
      expect(error).toMatchObject({ code: "BAD_ARGUMENT" });
      expect(error.message).toContain("would wait for itself, through ");
    });
  });
});
