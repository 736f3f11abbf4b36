import { expect, test } from "bun:test";
import { Semaphore } from "../../../src/client/calls/semaphore.ts";

test("a released slot goes to the longest waiter, and adds no slot", async () => {
  const slots = new Semaphore(2);
  expect([slots.acquire(), slots.acquire()]).toEqual([undefined, undefined]);
  const order: string[] = [];
  const third = slots.acquire()?.then(() => order.push("third"));
  const fourth = slots.acquire()?.then(() => order.push("fourth"));
  slots.release();
  await third;
  expect(slots.taken).toBe(2);
  slots.release();
  await fourth;
  expect(slots.taken).toBe(2);
  expect(order).toEqual(["third", "fourth"]);
});

test("idle() resolves when all slots are released", async () => {
  const slots = new Semaphore(2);
  await slots.idle();
  void slots.acquire();
  void slots.acquire();
  let isIdle = false;
  const idle = slots.idle().then(() => {
    isIdle = true;
  });
  slots.release();
  await new Promise((resolve) => setImmediate(resolve));
  expect(isIdle).toBe(false);
  slots.release();
  await idle;
  expect(slots.taken).toBe(0);
});
