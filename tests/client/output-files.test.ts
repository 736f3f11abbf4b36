import { expect, test } from "bun:test";
import { OutputFiles } from "../../src/client/output-files.ts";

function id(n: number): Uint8Array {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, n);
  return bytes;
}

test("finds what was noted in the last responses, and drops what is twice as old", () => {
  const files = new OutputFiles(100);
  for (let n = 0; n < 1_000; n++) {
    files.note(id(n), `/${n}`);
    for (const at of [n, n - 50, n - 99]) if (at >= 0) expect(files.find(id(at))).toBe(`/${at}`);
    if (n >= 200) expect(files.find(id(n - 200))).toBeUndefined();
  }
});

test("finds the last path that was noted, however long ago", () => {
  const files = new OutputFiles(4);
  for (const path of ["/a", "/b", "/c"]) files.note(id(1), path);
  expect(files.find(id(1))).toBe("/c");
  for (const n of [2, 3, 4]) files.note(id(n), "/other");
  expect(files.find(id(1))).toBe("/c");
  files.note(id(1), "/d");
  expect(files.find(id(1))).toBe("/d");
});

test("forgets a path, also one that was noted long ago", () => {
  const files = new OutputFiles(2);
  for (const n of [1, 2, 3]) files.note(id(n), `/${n}`);
  files.note(id(1), "");
  expect(files.find(id(1))).toBeUndefined();
});

test("keeps the id that was noted, whatever happens to the array", () => {
  const files = new OutputFiles(2);
  const array = id(1);
  files.note(array, "/a");
  array.fill(255);
  expect(files.find(id(1))).toBe("/a");
  expect(files.find(array)).toBeUndefined();
});
