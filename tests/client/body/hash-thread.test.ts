import { describe, expect, test } from "bun:test";
import { closeSync, openSync, readSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Random } from "../../../fixtures/random.ts";
import type { PendingCall } from "../../../src/client/body/body-source.ts";
import { HashThread, hashThread } from "../../../src/client/body/hash-thread.ts";
import { guardEachTest, temporaryDirectory } from "../guard.ts";
import { emptyCache, key, play, sha256 } from "../scripted.ts";

guardEachTest();
const directory = temporaryDirectory();
const bytes = new Random(1).bytes(1_000_000);
const path = join(directory, "file");
writeFileSync(path, bytes);

async function withFile<T>(use: (fd: number) => Promise<T>): Promise<T> {
  const fd = openSync(path, "r");
  try {
    return await use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Prints the hash of the first 10 bytes, and ends while other jobs are still running. */
const program = `
  import { openSync } from "node:fs";
  import { hashThread } from ${JSON.stringify(join(import.meta.dir, "../../../src/client/body/hash-thread.ts"))};
  const fd = openSync(${JSON.stringify(path)}, "r");
  const keepAlive = setInterval(() => {}, 1_000);
  const digest = await hashThread.hash(fd, 10, { settled: false, whenSettled: undefined });
  for (let job = 0; job < 100; job++) void hashThread.hash(fd, 1_000_000, { settled: false, whenSettled: undefined });
  clearInterval(keepAlive);
  console.log(digest?.toHex());
`;
const script = join(directory, "script.ts");
writeFileSync(script, program);

async function run(file: string): Promise<[output: string, errors: string, code: number]> {
  const child = Bun.spawn([process.execPath, file], { stdout: "pipe", stderr: "pipe" });
  return Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
}

function pendingCall(): PendingCall {
  return { settled: false, whenSettled: undefined };
}

describe("the hash thread", () => {
  test("hashes the requested number of bytes, for many requests at once", async () => {
    await withFile(async (fd) => {
      const sizes = [0, 1, 262_143, 262_144, 262_145, 1_000_000, 500_000];
      const digests = await Promise.all(sizes.map((size) => hashThread.hash(fd, size, pendingCall())));
      expect(digests).toEqual(sizes.map((size) => sha256(bytes.subarray(0, size))));
    });
  });

  test("stops a running hash and drops a queued one if the result is no longer wanted", async () => {
    const sparse = join(directory, "sparse");
    writeFileSync(sparse, "");
    truncateSync(sparse, 2 ** 40); // too large to hash before the test stops it
    const fd = openSync(sparse, "r");
    try {
      const [first, second] = [pendingCall(), pendingCall()];
      const digests = [first, second].map((each) => hashThread.hash(fd, 2 ** 40, each));
      second.whenSettled?.();
      first.whenSettled?.();
      expect(await Promise.all(digests)).toEqual([undefined, undefined]);
    } finally {
      closeSync(fd);
    }
    await withFile(async (fd) => {
      expect(await hashThread.hash(fd, 1_000_000, pendingCall())).toEqual(sha256(bytes));
    });
  });

  test("returns no digest for a file that is too short or can't be read", async () => {
    await withFile(async (fd) => {
      expect(await hashThread.hash(fd, 1_000_001, pendingCall())).toBeUndefined();
      expect(await hashThread.hash(987_654, 10, pendingCall())).toBeUndefined();
      expect(await hashThread.hash(fd, 1_000_000, pendingCall())).toEqual(sha256(bytes));
    });
  });

  test("doesn't move the position of the file descriptor", async () => {
    await withFile(async (fd) => {
      await hashThread.hash(fd, 1_000_000, pendingCall());
      const first = new Uint8Array(10);
      readSync(fd, first);
      expect(first).toEqual(bytes.slice(0, 10));
    });
  });

  test.each([
    ["isn't valid JavaScript", "this is no script"],
    ["throws at once", `throw new Error("failing")`],
    ["throws when it gets a message", `self.onmessage = () => { throw new Error("unable"); };`],
    ["exits when it gets a message", `self.onmessage = () => process.exit();`],
  ])("returns no digest, now or later, if its code %s", async (_, code) => {
    const thread = new HashThread(code);
    await withFile(async (fd) => {
      expect(
        await Promise.all([thread.hash(fd, 10, pendingCall()), thread.hash(fd, 20, pendingCall())]),
      ).toEqual([undefined, undefined]);
      expect(await thread.hash(fd, 10, pendingCall())).toBeUndefined();
    });
  });

  test("doesn't keep the process alive, not even while it's working", async () => {
    expect(await run(script)).toEqual([`${sha256(bytes.subarray(0, 10)).toHex()}\n`, "", 0]);
  });

  test("works in a bundle", async () => {
    const { success } = await Bun.build({
      entrypoints: [script],
      outdir: join(directory, "bundle"),
      target: "bun",
      minify: true,
    });
    expect(success).toBe(true);
    expect(await run(join(directory, "bundle/script.js"))).toEqual([
      `${sha256(bytes.subarray(0, 10)).toHex()}\n`,
      "",
      0,
    ]);
  });
});

test("files that are put at once each get the OutputID of their bytes", async () => {
  const { cache } = await play(emptyCache);
  const files = [100_000, 300_000, 400_000, 1_000_000, 2_500_000].map((size) => {
    const body = new Random(size).bytes(size);
    const file = join(directory, String(size));
    writeFileSync(file, body);
    return { body, file };
  });
  const puts = [...files, ...files].map(({ file }, name) => cache.put(key(name), Bun.file(file)));
  const outputs = (await Promise.all(puts)).map(({ outputID }) => outputID);
  expect(outputs).toEqual([...files, ...files].map(({ body }) => sha256(body)));
  await cache.close();
});
