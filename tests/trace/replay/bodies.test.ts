import { expect, test } from "bun:test";
import { Bodies } from "../../../src/trace/replay/bodies.ts";
import { Keys } from "../../../src/trace/replay/keys.ts";

test("action ids depend only on the seed, and are spread over all first bytes", () => {
  const ids = (seed: string) => {
    const keys = new Keys(seed);
    return Array.from({ length: 4_096 }, () => keys.next().toHex());
  };
  expect(ids("a")).toEqual(ids("a"));
  expect(new Set([...ids("a"), ...ids("b")]).size).toBe(8_192);
  expect(new Set(ids("a").map((id) => id.slice(0, 2))).size).toBe(256);
  expect(new Keys("a").at(7).toHex()).toBe(ids("a")[7] ?? "");
});

test("bodies have the given size, differ, depend only on the seed, and compress like archives", () => {
  const bodies = new Bodies();
  bodies.renew("a");
  const body = bodies.copy(200_000);
  expect(bodies.at(1, 200_000)).not.toEqual(bodies.at(2, 200_000));
  expect([0, 1, 16 * 1024 ** 2].map((size) => bodies.at(5, size).length)).toEqual([0, 1, 16 * 1024 ** 2]);
  const ratio = body.length / Bun.gzipSync(Uint8Array.from(body)).length;
  expect(ratio).toBeGreaterThan(3);
  expect(ratio).toBeLessThan(5);
  bodies.renew("b");
  expect(bodies.copy(200_000)).not.toEqual(body);
  bodies.renew("a");
  expect(bodies.copy(200_000)).toEqual(body);
});

test("room for larger bodies is made on request", () => {
  const bodies = new Bodies();
  const size = 16 * 1024 ** 2 + 1;
  expect(() => bodies.at(0, size)).toThrow("no room was reserved for a body of 16777217 bytes");
  bodies.reserve(size);
  const body = bodies.at(0, size).slice();
  expect(body.length).toBe(size);
  bodies.reserve(5);
  expect(bodies.at(0, size)).toEqual(body);
});
