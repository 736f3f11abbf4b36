import { expect, test } from "bun:test";
import { closeSync, readSync, writeSync } from "node:fs";
import { dontBlock, findLibc, makePipe } from "../../../src/trace/record/relay/libc.ts";
import { Way } from "../../../src/trace/record/relay/way.ts";

const libc = findLibc();

test.skipIf(libc === undefined)("a reader that stops also stops the writer (Linux)", () => {
  if (libc === undefined) return;
  const [source, target] = [makePipe(libc), makePipe(libc)];
  dontBlock(libc, source.toWrite);
  dontBlock(libc, target.toWrite);
  let [passed, ends] = [0, 0];
  const way = new Way(source.toRead, target.toWrite, {
    bytes: (chunk) => (passed += chunk.length),
    end: () => ends++,
  });
  const fds = new Int32Array(4);
  const events = new Int16Array(fds.buffer);
  const turn = () => {
    way.waitFor(fds, events, 0);
    if (libc.poll(fds, 2, 0) > 0) way.proceed(events, 0);
  };
  const chunk = Buffer.alloc(60_000, "x");
  let written = 0;
  for (let round = 0; round < 20; round++) {
    try {
      written += writeSync(source.toWrite, chunk);
    } catch {
      // EAGAIN: it's full
    }
    turn();
  }
  // Two pipes of 64 KiB, and the buffer between them.
  expect(written).toBeLessThan(4 * 64 * 1024);
  closeSync(source.toWrite);
  let read = 0;
  const buffer = Buffer.alloc(100_000);
  while (way.isOpen || read < written) {
    turn();
    read += readSync(target.toRead, buffer);
  }
  expect([read, passed, ends]).toEqual([written, written, 1]);
  expect(readSync(target.toRead, buffer)).toBe(0);
  closeSync(target.toRead);
});

test.skipIf(libc === undefined)("when the reader is gone, so is the end for the writer (Linux)", () => {
  if (libc === undefined) return;
  const [source, target] = [makePipe(libc), makePipe(libc)];
  const way = new Way(source.toRead, target.toWrite, { bytes: () => {}, end: () => {} });
  closeSync(target.toRead);
  const fds = new Int32Array(4);
  const events = new Int16Array(fds.buffer);
  way.waitFor(fds, events, 0);
  expect(libc.poll(fds, 2, 0)).toBe(1);
  way.proceed(events, 0);
  expect(way.isOpen).toBe(false);
  expect(() => writeSync(source.toWrite, "x")).toThrow("EPIPE");
  closeSync(source.toWrite);
});
