import { expect, test } from "bun:test";
import { onAbort } from "../src/on-abort.ts";
import { guardEachTest } from "./client/guard.ts";
import { emptyCache, failure, key, play } from "./client/scripted.ts";

guardEachTest();

/** A signal that counts its listeners: how many it has, and how many were ever added. */
class Counted {
  readonly #controller = new AbortController();
  readonly #listeners = new Set<unknown>();
  added = 0;

  constructor() {
    const { signal } = this;
    const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
    signal.addEventListener = (type: string, listener: EventListener, options?: AddEventListenerOptions) => {
      this.added++;
      this.#listeners.add(listener);
      add(type, listener, options);
    };
    signal.removeEventListener = (type: string, listener: EventListener) => {
      this.#listeners.delete(listener);
      remove(type, listener);
    };
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  abort(): void {
    this.#controller.abort();
  }
}

test("many callbacks share one listener on a signal, and each is called once, in order", () => {
  const counted = new Counted();
  const called: number[] = [];
  for (let count = 0; count < 100; count++) onAbort(counted.signal, () => called.push(count));
  expect(counted.added).toBe(1);
  expect(called).toEqual([]);
  counted.abort();
  counted.abort();
  expect(called).toEqual(Array.from({ length: 100 }, (_, index) => index));
});

test("a removed callback isn't called, even if another callback removes it during the abort", () => {
  const counted = new Counted();
  const called: string[] = [];
  const leave = ["a", "b", "c", "d"].map((name) =>
    onAbort(counted.signal, () => {
      called.push(name);
      if (name === "b") leave[2]?.();
    }),
  );
  leave[0]?.();
  leave[0]?.();
  expect(counted.listeners).toBe(1);
  counted.abort();
  expect(called).toEqual(["b", "d"]);
  for (const again of leave) again(); // has no effect
});

test("a signal loses its listener with the last callback, and can be used again", () => {
  const counted = new Counted();
  onAbort(counted.signal, () => expect.unreachable())();
  expect(counted.listeners).toBe(0);
  let called = 0;
  const leave = onAbort(counted.signal, () => called++);
  onAbort(counted.signal, () => expect.unreachable())();
  expect(counted.listeners).toBe(1);
  counted.abort();
  leave();
  expect(called).toBe(1);
});

test("an abort calls only the callbacks of its own signal", () => {
  const [one, other] = [new Counted(), new Counted()];
  const called: string[] = [];
  onAbort(one.signal, () => called.push("one"));
  onAbort(other.signal, () => called.push("other"));
  other.abort();
  expect(called).toEqual(["other"]);
});

test("calls of every kind share one listener on their signal", async () => {
  const { cache } = await play(`
    hello();
    for (const { ID, Command, ActionID } of requests()) {
      if (ActionID === "${key("silent").toBase64()}") continue;
      say(Command === "get" ? { ID, Miss: true } : { ID, DiskPath: "/a" });
    }
  `);
  const counted = new Counted();
  const { signal } = counted;
  const calls = Array.from({ length: 50 }, (_, name) => [
    cache.get(key(name), { signal }),
    cache.put(key(name), "body", { signal }),
    cache.getFile(key(name), { signal }),
    cache.getBytes(key(name), { signal }),
    cache.getOrPut(key(name), () => "body", { signal }),
  ]);
  const silent = failure(cache.get(key("silent"), { signal }));
  await Promise.all(calls.flat());
  expect({ added: counted.added, listeners: counted.listeners }).toEqual({ added: 1, listeners: 1 });
  counted.abort();
  expect(await silent).toMatchObject({ code: "ABORTED" });
  await cache.close();
});

test("a settled call leaves no listener on its signal, whether it succeeded, was refused or failed", async () => {
  const { cache } = await play(`
    hello(["get"]);
    for (const { ID } of requests()) ID < 3 ? say({ ID, Miss: true }) : process.exit(3);
  `);
  const counted = new Counted();
  const { signal } = counted;
  expect(await cache.get(key(1), { signal })).toBeNull();
  expect(counted.listeners).toBe(0);
  expect(await failure(cache.put(key(1), "body", { signal }))).toMatchObject({ code: "UNSUPPORTED_COMMAND" });
  await cache.getOrPut(key(1), () => "body", { signal });
  expect(counted.listeners).toBe(0);
  const dies = failure(cache.get(key(1), { signal }));
  const kept = cache.getOrPut(key(2), () => "body", { signal });
  expect([(await dies).code, (await kept).stored]).toEqual(["EXITED", false]);
  expect(await failure(cache.get(key(1), { signal }))).toMatchObject({ code: "EXITED" });
  expect(counted.listeners).toBe(0);
  await cache.close();
});

test("a start leaves no listener on its signal", async () => {
  const counted = new Counted();
  const { cache } = await play(emptyCache, { signal: counted.signal });
  expect({ added: counted.added, listeners: counted.listeners }).toEqual({ added: 1, listeners: 0 });
  counted.abort();
  expect(await cache.get(key(1))).toBeNull();
  await cache.close();
  const failing = new Counted();
  await failure(play("process.exit(1)", { signal: failing.signal }));
  expect(failing.listeners).toBe(0);
});

test("a signal that is already aborted calls back at once", () => {
  let calls = 0;
  onAbort(AbortSignal.abort(), () => calls++)();
  expect(calls).toBe(1);
});
