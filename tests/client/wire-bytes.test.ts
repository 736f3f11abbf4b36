import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import vectors from "../../fixtures/vectors/requests.json";
import { guardEachTest, temporaryDirectory } from "./guard.ts";
import { key, play } from "./scripted.ts";

guardEachTest();
const directory = temporaryDirectory();

/** A program that records its stdin, and answers. */
function recorder(path: string): string {
  return `
    record("${path}");
    hello();
    for (const { ID, Command } of requests()) say(Command === "put" ? { ID, DiskPath: "/a" } : { ID, Miss: true });
  `;
}

/** The bytes that go wrote for a recorded request, with another ID. */
function wire(vector: (typeof vectors)[number], id: number): string {
  const bytes = Buffer.from(vector.wire, "base64").toString("latin1");
  return bytes.replace(/^\{"ID":\d+/, `{"ID":${id}`);
}

describe("stdin has the same bytes as from go:", () => {
  test.each([1, 2])("for each recorded request, one at a time, in connection %d", async (connection) => {
    const path = join(directory, `stdin-${connection}`);
    const { cache } = await play(recorder(path));
    const expected: string[] = [];
    for (const vector of vectors) {
      expected.push(wire(vector, expected.length + 1));
      const action = Uint8Array.fromHex(vector.actionID ?? "");
      if (vector.command === "close") await cache.close();
      else if (vector.command === "get") await cache.get(action);
      else {
        const { outputID } = await cache.put(action, Buffer.from(vector.body ?? "", "base64"));
        expect(outputID.toHex()).toBe(vector.outputID ?? "");
      }
    }
    expect(readFileSync(path, "latin1")).toBe(expected.join(""));
  });

  test("the recorded IDs below 100 count from 1 without a gap, as ours do", () => {
    const ids = vectors.map(({ id }) => id).filter((id) => id < 100);
    expect(ids).toEqual(Array.from({ length: ids.length }, (_, index) => index + 1));
  });

  test("for requests that are made at once, in any order", async () => {
    const path = join(directory, "stdin-at-once");
    const { cache } = await play(recorder(path));
    const puts = vectors.filter(({ command }) => command === "put");
    await Promise.all(
      puts.map(({ actionID = "", body = "" }) =>
        cache.put(Uint8Array.fromHex(actionID), Buffer.from(body, "base64")),
      ),
    );
    await cache.close();
    const text = readFileSync(path, "latin1").replace(/\{"ID":\d+/g, '{"ID":1');
    for (const vector of puts) expect(text).toContain(wire(vector, 1));
    const length = puts.reduce((sum, vector) => sum + wire(vector, 1).length, 0);
    expect(text).toHaveLength(length + '{"ID":1,"Command":"close"}\n\n'.length);
  });

  test("for a body in many chunks: one line of base64, without an empty line after it", async () => {
    const path = join(directory, "stdin-large");
    const { cache } = await play(recorder(path));
    const body = Buffer.alloc(1_000_001, "a body ");
    const { outputID } = await cache.put(key(1), body);
    await cache.close();
    const [action, output] = [key(1).toBase64(), outputID.toBase64()];
    expect(readFileSync(path, "latin1")).toBe(
      `{"ID":1,"Command":"put","ActionID":"${action}","OutputID":"${output}","BodySize":1000001}\n\n` +
        `"${body.toString("base64")}"\n{"ID":2,"Command":"close"}\n\n`,
    );
  });

  test("nothing before the first call, and no close if it isn't declared", async () => {
    const path = join(directory, "stdin-nothing");
    const { cache } = await play(recorder(path).replace("hello()", 'hello(["get"])'));
    await cache.close();
    expect(readFileSync(path, "latin1")).toBe("");
  });
});

test("legacyObjectID adds the OutputID to puts as ObjectID, the last field", async () => {
  const path = join(directory, "stdin-legacy");
  const { cache } = await play(recorder(path), { legacyObjectID: true });
  await cache.get(key(1));
  const [small, empty] = [await cache.put(key(2), "body"), await cache.put(key(3), "")];
  await cache.close();
  const [one, two, three] = [1, 2, 3].map((name) => key(name).toBase64());
  const [body, none] = [small.outputID.toBase64(), empty.outputID.toBase64()];
  expect(readFileSync(path, "latin1")).toBe(
    `{"ID":1,"Command":"get","ActionID":"${one}"}\n\n` +
      `{"ID":2,"Command":"put","ActionID":"${two}","OutputID":"${body}","BodySize":4,"ObjectID":"${body}"}\n\n"Ym9keQ=="\n` +
      `{"ID":3,"Command":"put","ActionID":"${three}","OutputID":"${none}","ObjectID":"${none}"}\n\n` +
      `{"ID":4,"Command":"close"}\n\n`,
  );
});
