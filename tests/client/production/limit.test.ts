import { describe, expect, test } from "bun:test";
import type { CacheProg } from "../../../src/index.ts";
import { guardEachTest, temporaryDirectory, useAsTmpdir } from "../guard.ts";
import { failure, key, play } from "../scripted.ts";

guardEachTest();
const directory = temporaryDirectory();
useAsTmpdir(directory);

/** Misses, and keeps each body in a file of its own. */
const program = `
  hello();
  for (const { ID, Command, Body = "" } of requests()) {
    const DiskPath = ${JSON.stringify(directory)} + "/" + process.pid + "-" + ID;
    if (Command === "put") fs.writeFileSync(DiskPath, Buffer.from(Body, "base64"));
    say({ ID, Miss: true, DiskPath });
  }
`;

async function start(produceLimit: number): Promise<CacheProg> {
  return (await play(program, { produceLimit })).cache;
}

/** Asks for the body of an action. */
async function made(
  cache: CacheProg,
  name: string,
  produce: () => string | Promise<string>,
): Promise<string> {
  const { diskPath } = await cache.getOrPut(key(name), produce);
  return Bun.file(diskPath).text();
}

describe("produceLimit", () => {
  test.each([1, 3, Number.POSITIVE_INFINITY])(
    "%d: so many run at a time, and all are done in the end",
    async (limit) => {
      const cache = await start(limit);
      let running = 0;
      let most = 0;
      const together = Promise.withResolvers<void>();
      const produce = async () => {
        most = Math.max(most, ++running);
        if (running === Math.min(limit, 20)) together.resolve();
        await together.promise;
        await cache.get(key("a while"));
        running--;
        return "body";
      };
      const names = Array.from({ length: 20 }, (_, n) => `step ${n}`);
      await Promise.all(names.map((name) => made(cache, name, produce)));
      expect(most).toBe(Math.min(limit, 20));
      await cache.close();
    },
  );

  test("1: a place is free again after a produce that throws", async () => {
    const cache = await start(1);
    const fails = cache.getOrPut(key(1), () => Promise.reject(new Error("out of ink")));
    const next = made(cache, "next", () => "body");
    await expect(fails).rejects.toThrow("out of ink");
    expect(await next).toBe("body");
    await cache.close();
  });

  test("1: nested ones are no deadlock, one after the other, all at once or deep", async () => {
    const cache = await start(1);
    const leaf = (name: string) => made(cache, name, () => name);
    const deep = (depth: number): Promise<string> =>
      made(cache, `deep ${depth}`, () => (depth === 0 ? "." : deep(depth - 1).then((text) => `.${text}`)));
    const parents = Array.from({ length: 5 }, (_, n) =>
      made(cache, `parent ${n}`, async () => {
        const first = await leaf(`first ${n}`);
        const all = await Promise.all([leaf("shared"), leaf(`a ${n}`), leaf(`b ${n}`), deep(5)]);
        return [first, ...all].join(" ");
      }),
    );
    expect(await Promise.all(parents)).toEqual(
      Array.from({ length: 5 }, (_, n) => `first ${n} shared a ${n} b ${n} ......`),
    );
    await cache.close();
  });

  test("1: a production goes on after a nested one when it has its place again", async () => {
    const cache = await start(1);
    let running = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++running);
      await cache.get(key("a while"));
      running--;
    };
    const names = Array.from({ length: 8 }, (_, n) => `step ${n}`);
    const produce = (name: string) => async () => {
      await made(cache, `part of ${name}`, () => work().then(() => name));
      await work();
      return name;
    };
    expect(await Promise.all(names.map((name) => made(cache, name, produce(name))))).toEqual(names);
    expect(most).toBe(1);
    await cache.close();
  });

  test("1: two connections whose productions ask for each other's parts are no deadlock", async () => {
    const [one, other] = [await start(1), await start(1)];
    const across = (from: CacheProg, to: CacheProg, name: string) =>
      made(from, name, () => made(to, `part of ${name}`, () => name));
    expect(await Promise.all([across(one, other, "a"), across(other, one, "b")])).toEqual(["a", "b"]);
    await Promise.all([one.close(), other.close()]);
  });

  test("1: after a nested one failed or was aborted, a production has its place again", async () => {
    const cache = await start(1);
    const controller = new AbortController();
    const never = Promise.withResolvers<string>();
    const text = await made(cache, "parent", async () => {
      const asked = Promise.withResolvers<void>();
      await cache.getOrPut(key(1), () => Promise.reject(new Error("no"))).catch(() => {});
      const nested = failure(
        cache.getOrPut(
          key(2),
          () => {
            asked.resolve();
            return never.promise;
          },
          { signal: controller.signal },
        ),
      );
      await asked.promise;
      controller.abort();
      return (await nested).code; // though the nested one still has the place
    });
    expect(text).toBe("ABORTED");
    never.resolve("late");
    expect(await made(cache, "next", () => "body")).toBe("body");
    await cache.close();
  });

  test("1: one that waits can abort, and is never called", async () => {
    const cache = await start(1);
    const made = Promise.withResolvers<string>();
    const asked = Promise.withResolvers<void>();
    const first = cache.getOrPut(key(1), () => {
      asked.resolve();
      return made.promise;
    });
    await asked.promise;
    const controller = new AbortController();
    const { signal } = controller;
    const waits = failure(cache.getOrPut(key(2), () => expect.unreachable(), { signal }));
    const stays = cache.getOrPut(key(3), () => "body");
    await cache.get(key("a while"));
    controller.abort();
    expect((await waits).code).toBe("ABORTED");
    made.resolve("first");
    await Promise.all([first, stays]);
    await cache.close();
  });

  test("1: one that waits for its place is rejected at close, and one that runs is kept", async () => {
    const cache = await start(1);
    const made = Promise.withResolvers<string>();
    const asked = Promise.withResolvers<void>();
    const first = cache.getOrPut(key(1), () => {
      asked.resolve();
      return made.promise;
    });
    await asked.promise;
    const waits = failure(cache.getOrPut(key(2), () => expect.unreachable()));
    await cache.get(key("a while"));
    await cache.close();
    const error = await waits;
    expect(error).toMatchObject({ code: "CLOSED" });
    expect(error.message).toMatch(/is closed: close\(\) came before getOrPut began to produce$/);
    made.resolve("first");
    expect(await first).toMatchObject({ stored: false });
  });
});
