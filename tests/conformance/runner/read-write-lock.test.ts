import { expect, test } from "bun:test";
import { Turns } from "../../../src/conformance/runner/read-write-lock.ts";

/** Work that is noted as it begins, and ends when a test says so. */
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

test("shared work goes on side by side; what is to be alone waits for it, and keeps new work waiting", async () => {
  const turns = new Turns();
  const log: string[] = [];
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => work(log, name));
  if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error("four");
  const all = [turns.shared(a.start), turns.shared(b.start)];
  await settle();
  all.push(turns.alone(c.start), turns.shared(d.start));
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

test("two that are to be alone follow each other, and one that throws stops nobody", async () => {
  const turns = new Turns();
  const log: string[] = [];
  const fails = turns.alone(() => Promise.reject(new Error("no")));
  const [a, b] = [work(log, "a"), work(log, "b")];
  const all = [turns.alone(a.start), turns.alone(b.start)];
  await expect(fails).rejects.toThrow("no");
  await settle();
  expect(log).toEqual(["a"]);
  a.end();
  b.end();
  await Promise.all(all);
  expect(log).toEqual(["a", "/a", "b", "/b"]);
  expect(await turns.shared(async () => 7)).toBe(7);
});
