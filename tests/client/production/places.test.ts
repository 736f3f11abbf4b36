import { describe, expect, test } from "bun:test";
import { Places } from "../../../src/client/production/places.ts";
import { CacheProgError } from "../../../src/index.ts";
import { failure } from "../scripted.ts";

const { signal } = new AbortController();

/** Whether a promise has settled by now. */
async function settled(promise: Promise<unknown> | undefined): Promise<boolean> {
  if (promise === undefined) return true;
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  return Bun.peek.status(promise) !== "pending";
}

describe("places", () => {
  test("are taken in order, at most so many at a time", async () => {
    const places = new Places(2);
    const order: number[] = [];
    const all = [1, 2, 3, 4].map(async (n) => {
      const place = await places.enter(signal);
      order.push(n);
      return place;
    });
    expect(await settled(all[2])).toBe(false);
    expect(order).toEqual([1, 2]);
    (await all[0])?.end();
    await all[2];
    (await all[1])?.end();
    await all[3];
    expect(order).toEqual([1, 2, 3, 4]);
  });

  test("given away, come back before anyone enters", async () => {
    const places = new Places(1);
    const parent = await places.enter(signal);
    parent.giveAway();
    const child = await places.enter(signal);
    const next = places.enter(signal);
    const back = parent.takeBack();
    expect(await settled(back)).toBe(false);
    child.end();
    await back;
    expect(await settled(next)).toBe(false);
    parent.end();
    await next;
  });

  test("stay away while one of several waits goes on", async () => {
    const places = new Places(1);
    const parent = await places.enter(signal);
    parent.giveAway();
    parent.giveAway();
    const [one, two] = [places.enter(signal), places.enter(signal)];
    (await one).end();
    expect(parent.takeBack()).toBeUndefined();
    (await two).end();
    expect(await settled(parent.takeBack())).toBe(true);
    const next = places.enter(signal);
    expect(await settled(next)).toBe(false);
    parent.end();
    (await next).end();
  });

  test("come back once, however often they are asked for meanwhile", async () => {
    const places = new Places(1);
    const parent = await places.enter(signal);
    parent.giveAway();
    const child = await places.enter(signal);
    const first = parent.takeBack();
    parent.giveAway();
    const second = parent.takeBack();
    child.end();
    await first;
    await second;
    parent.end();
    const free = await places.enter(signal);
    expect(await settled(places.enter(signal).catch(() => {}))).toBe(false);
    free.end();
  });

  test("that come back too late are free for others", async () => {
    const places = new Places(1);
    const parent = await places.enter(signal);
    parent.giveAway();
    const child = await places.enter(signal);
    const back = parent.takeBack();
    parent.giveAway();
    child.end();
    await back;
    const other = await places.enter(signal);
    const again = parent.takeBack();
    parent.end();
    other.end();
    await again;
    (await places.enter(signal)).end();
  });

  test("can be left alone: an abort leaves the queue", async () => {
    const places = new Places(1);
    const place = await places.enter(signal);
    const controller = new AbortController();
    const aborted = places.enter(controller.signal);
    const next = places.enter(signal);
    controller.abort("enough");
    await expect(aborted).rejects.toBe("enough");
    place.end();
    (await next).end();
    expect(await settled(places.enter(controller.signal).catch(() => {}))).toBe(true);
  });

  test("aren't lost if an abort comes in the turn in which one is given", async () => {
    for (const abortFirst of [true, false]) {
      const places = new Places(1);
      const place = await places.enter(signal);
      const controller = new AbortController();
      const waiting = places.enter(controller.signal);
      if (abortFirst) controller.abort();
      place.end();
      if (!abortFirst) controller.abort();
      await waiting.then(
        (given) => given.end(),
        () => {},
      );
      (await places.enter(signal)).end();
    }
  });

  test("aren't given to anyone new after close", async () => {
    const places = new Places(1);
    const parent = await places.enter(signal);
    const waiting = failure(places.enter(signal));
    places.close(() => new CacheProgError("CLOSED", "closed"));
    expect((await waiting).code).toBe("CLOSED");
    expect((await failure(places.enter(signal))).code).toBe("CLOSED");
    parent.giveAway();
    expect(parent.takeBack()).toBeUndefined();
    parent.end();
  });
});
