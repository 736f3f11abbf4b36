import { expect, test } from "bun:test";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../../fixtures/random.ts";
import { isSound } from "../../../src/client/production/entry-file.ts";
import { peakMemory } from "../../peak-memory.ts";
import { guardEachTest, temporaryDirectory } from "../guard.ts";
import { failure, key, play, sha256 } from "../scripted.ts";

guardEachTest();
const directory = temporaryDirectory();
const path = join(directory, "body");
const large = new Random(1).bytes(3_000_000);

/** A program that answers each get with a hit on a file, and each put with another file that has the body. */
function hits(outputID: Uint8Array, size: number, damagePuts = false): string {
  const hit = { OutputID: outputID.toBase64(), Size: size, DiskPath: path };
  const text = damagePuts ? `Buffer.alloc(BodySize, "x")` : `Buffer.from(Body ?? "", "base64")`;
  return `
    hello();
    for (const { ID, Command, Body, BodySize } of requests()) {
      log(Command);
      if (Command !== "put") say({ ID, ...${JSON.stringify(hit)} });
      else { fs.writeFileSync("${path}-put", ${text}); say({ ID, DiskPath: "${path}-put" }); }
    }
  `;
}

test.each([0, 8, 70_000, 3_000_000])(
  "with verify, a damaged file of the right size is a miss: %d bytes",
  async (size) => {
    const bytes = large.subarray(0, size);
    const damaged = bytes.slice();
    if (size > 0) damaged[size - 1] = (damaged[size - 1] ?? 0) ^ 1;
    writeFileSync(path, damaged);
    const { cache, log } = await play(hits(sha256(bytes), size));
    expect(await cache.getFile(key(1))).toMatchObject({ diskPath: path });
    expect((await cache.getFile(key(1), { verify: true })) === null).toBe(size > 0);
    writeFileSync(path, bytes);
    expect(await cache.getFile(key(1), { verify: true })).toMatchObject({ diskPath: path });
    expect(await cache.getOrPut(key(1), () => expect.unreachable(), { verify: true })).toMatchObject({
      hit: true,
    });
    writeFileSync(path, damaged);
    expect(await cache.getOrPut(key(1), () => expect.unreachable())).toMatchObject({ hit: true });
    if (size > 0) {
      const entry = await cache.getOrPut(key(1), () => bytes, { verify: true });
      expect(entry).toMatchObject({ hit: false, stored: true, diskPath: `${path}-put` });
      expect(log.all.filter((command) => command === "put")).toEqual(["put"]);
    }
    await cache.close();
  },
);

test("with verify, a put whose file is damaged isn't stored", async () => {
  writeFileSync(path, "12345678");
  const { cache } = await play(hits(sha256("another"), 8, true));
  const verified = await cache.getOrPut(key(1), () => "the body", { verify: true });
  expect(verified).toMatchObject({ stored: false });
  expect(readFileSync(verified.diskPath, "utf8")).toBe("the body");
  await cache.close();
});

test("one with verify that waits for one without verifies the hit, and produces if it's damaged", async () => {
  writeFileSync(path, "12345678");
  const { cache, log } = await play(hits(sha256("the body"), 8));
  const [plain, verified] = await Promise.all([
    cache.getOrPut(key(1), () => expect.unreachable()),
    cache.getOrPut(key(1), () => "the body", { verify: true }),
  ]);
  expect(plain).toMatchObject({ hit: true, diskPath: path });
  expect(verified).toMatchObject({ hit: false, stored: true, diskPath: `${path}-put` });
  await cache.close();
  expect(log.all).toEqual(["get", "get", "put", "close"]);
});

test("an abort ends the hashing", async () => {
  writeFileSync(path, "");
  truncateSync(path, 2 ** 40); // takes minutes to hash
  const { cache } = await play(hits(sha256("x"), 2 ** 40));
  const controller = new AbortController();
  const { signal } = controller;
  const calls = [
    failure(cache.getOrPut(key(1), () => expect.unreachable(), { verify: true, signal })),
    failure(cache.getFile(key(1), { verify: true, signal })),
  ];
  await cache.get(key(2));
  controller.abort();
  for (const error of await Promise.all(calls)) expect(error).toMatchObject({ code: "ABORTED" });
  await cache.close();
});

test("verifying a file of 192 MiB takes no memory for it", async () => {
  const size = 192 * 1024 ** 2;
  writeFileSync(path, "");
  truncateSync(path, size);
  const entry = { outputID: sha256(""), size, time: Temporal.Now.instant(), diskPath: path };
  const before = peakMemory();
  expect(await isSound(entry, undefined)).toBe(false);
  expect(peakMemory() - before).toBeLessThan(96 * 1024 ** 2);
});

test("verify must be true or false", async () => {
  const { cache } = await play(hits(sha256(""), 0));
  for (const verify of ["yes", 1, null]) {
    // @ts-expect-error: this is what a caller without types may pass
    const calls = [cache.getFile(key(1), { verify }), cache.getOrPut(key(1), () => "", { verify })];
    for (const error of await Promise.all(calls.map(failure)))
      expect(error.message).toContain("option verify is ");
  }
  await cache.close();
});
