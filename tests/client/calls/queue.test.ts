import { describe, expect, test } from "bun:test";
import { Random } from "../../../fixtures/random.ts";
import { Queue } from "../../../src/client/calls/queue.ts";
import { Semaphore } from "../../../src/client/calls/semaphore.ts";

describe("a queue", () => {
  test("returns items in order, however pushes and shifts alternate", () => {
    const random = new Random(1);
    const queue = new Queue<number>();
    let [next, expected] = [0, 0];
    for (let step = 0; step < 20_000; step++) {
      if (random.percent(step < 10_000 ? 60 : 40)) queue.push(next++);
      else if (expected < next) expect(queue.shift()).toBe(expected++);
      else expect(queue.shift()).toBeUndefined();
      expect(queue.next).toBe(expected < next ? expected : undefined);
    }
  });

  test("keeps no shifted item in memory, even if it's never empty", async () => {
    const queue = new Queue<{ readonly bytes: Uint8Array }>();
    const taken: WeakRef<object>[] = [];
    const fill = () => {
      for (let n = 0; n < 1_000; n++) queue.push({ bytes: new Uint8Array(1_000) });
      for (let n = 0; n < 400; n++) {
        const item = queue.shift();
        if (item !== undefined) taken.push(new WeakRef(item));
      }
    };
    fill();
    // A WeakRef keeps its target to the end of the turn that made it.
    await new Promise<void>((resolve) => setImmediate(resolve));
    Bun.gc(true);
    expect(queue.next).toBeDefined();
    // The collector scans the stack conservatively, so a few items may seem to be in use.
    expect(taken.filter((item) => item.deref() !== undefined).length).toBeLessThan(100);
  });

  test("handles 100,000 items", () => {
    const queue = new Queue<number>();
    for (let n = 0; n < 100_000; n++) queue.push(n);
    for (let n = 0; n < 100_000; n++) expect(queue.shift() === n).toBe(true);
  });
});

describe("a semaphore", () => {
  test("grants its slots at once, and then in the order of acquire()", async () => {
    const slots = new Semaphore(2);
    const order: number[] = [];
    expect([slots.acquire(), slots.acquire()]).toEqual([undefined, undefined]);
    const waiting = [1, 2, 3].map(async (n) => {
      await slots.acquire();
      order.push(n);
    });
    for (let n = 0; n < 3; n++) slots.release();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
    slots.release();
    slots.release();
    expect([slots.acquire(), slots.acquire()]).toEqual([undefined, undefined]);
    expect(slots.acquire()).toBeInstanceOf(Promise);
  });
});
