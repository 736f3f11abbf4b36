import { expect, test } from "bun:test";
import { Fifo } from "../fifo.ts";
import { guardEachTest, temporaryDirectory } from "../guard.ts";
import { failure, key, play } from "../scripted.ts";

guardEachTest();
const directory = temporaryDirectory();
const body = new Uint8Array(1024 ** 2);

/** More puts than may have their bodies open at once. */
const many = 16;

test("puts that are aborted while they wait to open their bodies make room for others", async () => {
  const fifo = new Fifo(directory);
  const { cache } = await play(`
    hello();
    gate(${JSON.stringify(fifo.path)});
    for (const { ID } of headers()) say({ ID, DiskPath: "/a" });
  `);
  const controller = new AbortController();
  const first = Array.from({ length: many }, (_, at) => cache.put(key(at), body));
  const leaving = Array.from({ length: many + 4 }, (_, at) =>
    failure(cache.put(key(100 + at), body, { signal: controller.signal })),
  );
  controller.abort();
  for (const error of await Promise.all(leaving)) expect(error).toMatchObject({ code: "ABORTED" });
  await fifo.open();
  await Promise.all(first);
  expect(await cache.put(key("last"), body)).toMatchObject({ diskPath: "/a" });
  await cache.close();
});

test("close isn't sent while a call is pending", async () => {
  const fifo = new Fifo(directory);
  // Answers close at once and exits. Answers the get when the test opens the FIFO.
  const { cache } = await play(`
    hello();
    fs.promises.readFile(${JSON.stringify(fifo.path)}).then(() => say({ ID: 1, Miss: true }));
    for await (const chunk of Bun.stdin.stream()) {
      if (!Buffer.from(chunk).includes("close")) continue;
      say({ ID: 2 });
      process.exit(0);
    }
  `);
  const got = cache.get(key(1));
  const closed = cache.close();
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  await fifo.open();
  expect(await got).toBeNull();
  await closed;
});
