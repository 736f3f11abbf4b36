import { expect, test } from "bun:test";
import { ReadWriteLock } from "../../../src/conformance/runner/read-write-lock.ts";

/** Work that records its start, and ends when a test says so. */
function work(log: string[], name: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const start = async () => {
    log.push(name);
    await promise;
    log.push(`/${name}`);
  };
  return { start, end: resolve };
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test("shared work runs concurrently; exclusive work waits for it and holds back new work", async () => {
  const lock = new ReadWriteLock();
  const log: string[] = [];
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => work(log, name));
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error("four");
  const all = [lock.shared(a.start), lock.shared(b.start)];
  await settle();
  all.push(lock.exclusive(c.start), lock.shared(d.start));
  await settle();
  expect(log).toEqual(["a", "b"]);
  a.end();
  await settle();
  expect(log).toEqual(["a", "b", "/a"]);
  b.end();
  await settle();
  expect(log).toEqual(["a", "b", "/a", "/b", "c"]);
  c.end();
  d.end();
  await Promise.all(all);
  expect(log).toEqual(["a", "b", "/a", "/b", "c", "/c", "d", "/d"]);
});

test("exclusive work runs one after another, also if one of them throws", async () => {
  const lock = new ReadWriteLock();
  const log: string[] = [];
  const fails = lock.exclusive(() => Promise.reject(new Error("no")));
  const [a, b] = [work(log, "a"), work(log, "b")];
  const all = [lock.exclusive(a.start), lock.exclusive(b.start)];
  await expect(fails).rejects.toThrow("no");
  await settle();
  expect(log).toEqual(["a"]);
  a.end();
  b.end();
  await Promise.all(all);
  expect(log).toEqual(["a", "/a", "b", "/b"]);
  expect(await lock.shared(async () => 7)).toBe(7);
});
