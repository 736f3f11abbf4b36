import { expect, test } from "bun:test";
import { Slots } from "../../src/client/slots.ts";

test("a slot that is given back goes to who waits longest, and makes no other", async () => {
  const slots = new Slots(2);
  expect([slots.take(), slots.take()]).toEqual([undefined, undefined]);
  const order: string[] = [];
  const third = slots.take()?.then(() => order.push("third"));
  const fourth = slots.take()?.then(() => order.push("fourth"));
  slots.release();
  await third;
  expect(slots.taken).toBe(2);
  slots.release();
  await fourth;
  expect(slots.taken).toBe(2);
  expect(order).toEqual(["third", "fourth"]);
});

test("idle waits until all are given back", async () => {
  const slots = new Slots(2);
  await slots.idle();
  void slots.take();
  void slots.take();
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
