import { expect, test } from "bun:test";
import { Recent } from "../../src/client/recent.ts";

function filled(count: number, keys: number): Recent<number, string> {
  const recent = new Recent<number, string>(count);
  for (let key = 0; key < keys; key++) recent.set(key, `value ${key}`);
  return recent;
}

test("the keys set last are kept: at least `count` of them, and at most twice as many", () => {
  for (let keys = 1; keys < 1_000; keys++) {
    const recent = filled(100, keys);
    expect(recent.size).toBeLessThanOrEqual(200);
    expect(recent.size).toBeGreaterThanOrEqual(Math.min(keys, 100));
    for (let key = Math.max(0, keys - 100); key < keys; key++) expect(recent.get(key)).toBe(`value ${key}`);
  }
  expect(filled(100, 1_000).get(0)).toBeUndefined();
});

test("a key that is read stays", () => {
  const recent = filled(100, 1);
  for (let key = 1; key < 1_000; key++) {
    recent.set(key, "another");
    if (key % 100 === 0) expect(recent.get(0)).toBe("value 0");
  }
});

test("a key that is set again has the new value and counts once, whether young or old", () => {
  const recent = filled(100, 150);
  for (const key of [0, 99, 149]) {
    recent.set(key, "new");
    expect(recent.get(key)).toBe("new");
    recent.set(key, "newer");
    expect(recent.get(key)).toBe("newer");
  }
  expect(recent.size).toBe(150);
});

test("a deleted key is gone, whether young or old", () => {
  const recent = filled(100, 150);
  for (const key of [0, 149]) {
    recent.delete(key);
    expect(recent.get(key)).toBeUndefined();
  }
  expect(recent.size).toBe(148);
});
