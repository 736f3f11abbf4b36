import { expect, test } from "bun:test";
import { resolve } from "node:path";
import { CacheProg } from "../../src/client/client.ts";
import { BodyEncoder } from "../../src/wire/body.ts";
import { encodeRequest } from "../../src/wire/encode.ts";

const path = resolve(import.meta.dir, "../../src/bench/null-program.ts");
const id = new Uint8Array(32).fill(7);

test.each(["hit", "miss"])(
  "the no-op program answers each get with a %s, and skips bodies",
  async (answer) => {
    await using cache = await CacheProg.start([process.execPath, path, answer]);
    const sizes = [0, 1, 2, 3, 1_000, 65_536, 1_000_000];
    const puts = sizes.map((size) => cache.put(id, new Uint8Array(size)));
    const gets = sizes.map(() => cache.get(id));
    expect((await Promise.all(puts)).map(({ size }) => size)).toEqual(sizes);
    for (const entry of await Promise.all(gets)) {
      if (answer === "miss") expect(entry).toBeNull();
      else expect(entry).toMatchObject({ size: 1_024 });
    }
  },
);

test("its answers don't depend on how the input is split", async () => {
  const encoder = new BodyEncoder();
  const bytes = Buffer.concat([
    encodeRequest({ id: 1, command: "get", actionID: id }),
    encodeRequest({ id: 2, command: "put", actionID: id, outputID: id, bodySize: 5 }),
    Buffer.from(encoder.push(new Uint8Array([1, 2, 3, 4, 5]))),
    Buffer.from(encoder.end()),
    encodeRequest({ id: 3, command: "put", actionID: id, outputID: id }),
    encodeRequest({ id: 4, command: "close" }),
  ]);
  const child = Bun.spawn([process.execPath, path, "miss"], { stdin: "pipe", stdout: "pipe" });
  for (const byte of bytes) {
    child.stdin.write(new Uint8Array([byte]));
    await child.stdin.flush();
  }
  const answers = (await child.stdout.text()).trim().split("\n");
  await child.exited;
  expect(answers.map((line) => JSON.parse(line).ID)).toEqual([0, 1, 2, 3, 4]);
  expect(child.exitCode).toBe(0);
});
