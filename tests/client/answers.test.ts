import { describe, expect, test } from "bun:test";
import { guardEachTest } from "./guard.ts";
import { eventsDelivered } from "./processes.ts";
import { failure, key, play, sha256 } from "./scripted.ts";

guardEachTest();

const output = key("output");
const base64 = output.toBase64();

/** A program that answers each get and put with the same response, except for its ID, and answers close. */
function always(response: object): string {
  return `
    hello();
    for (const { ID, Command } of requests())
      say(Command === "close" ? { ID } : { ID, ...${JSON.stringify(response)} });
  `;
}

describe("a get", () => {
  test("returns the entry of a hit", async () => {
    const Time = "2024-02-29T12:34:56.123456789+02:00";
    const { cache } = await play(always({ OutputID: base64, Size: 7, Time, DiskPath: "/a/b" }));
    const entry = await cache.get(key(1));
    expect(entry).toEqual({
      outputID: output,
      size: 7,
      time: Temporal.Instant.from(Time),
      diskPath: "/a/b",
    });
    expect(cache.outputFile(output)).toBe("/a/b");
    await cache.close();
  });

  test("takes the time of the response for a hit without Time", async () => {
    const { cache } = await play(always({ OutputID: base64, Size: 7, DiskPath: "/a/b" }));
    const before = Temporal.Now.instant();
    const entry = await cache.get(key(1));
    const after = Temporal.Now.instant();
    expect(entry).not.toBeNull();
    if (entry === null) return;
    expect(Temporal.Instant.compare(before, entry.time)).not.toBe(1);
    expect(Temporal.Instant.compare(entry.time, after)).not.toBe(1);
    await cache.close();
  });

  test("accepts a hit without Size as 0 bytes", async () => {
    const { cache } = await play(always({ OutputID: base64, DiskPath: "/a/b" }));
    expect(await cache.get(key(1))).toMatchObject({ size: 0 });
    await cache.close();
  });

  test("returns null for a miss, whatever else the response has", async () => {
    const { cache } = await play(always({ Miss: true, OutputID: base64, Size: 7, DiskPath: "/a/b" }));
    expect(await cache.get(key(1))).toBeNull();
    expect(cache.outputFile(output)).toBeUndefined();
    await cache.close();
  });

  test("rejects with the program's error, and the connection stays open", async () => {
    const { cache } = await play(
      always({ Err: "the disk is on fire", Miss: true, OutputID: base64, DiskPath: "/a" }),
    );
    for (let count = 0; count < 2; count++) {
      const error = await failure(cache.get(key(1)));
      expect(error.code).toBe("SERVER_ERROR");
      expect(error.message).toEndWith("answered get with an error: the disk is on fire");
    }
    await cache.close();
  });
});

describe("an incomplete response rejects with BAD_RESPONSE and says why, and the connection stays open:", () => {
  test.each([
    ["a hit without a DiskPath", { OutputID: base64, Size: 1 }, "a hit without a DiskPath"],
    ["a hit with an empty DiskPath", { OutputID: base64, DiskPath: "" }, "a hit without a DiskPath"],
    ["a hit without an OutputID", { Size: 1, DiskPath: "/a" }, "an OutputID of 0 bytes; expected 32"],
    ["a short OutputID", { OutputID: "AQID", DiskPath: "/a" }, "an OutputID of 3 bytes; expected 32"],
    ["a long OutputID", { OutputID: "A".repeat(64), DiskPath: "/a" }, "an OutputID of 48 bytes"],
    ["no Miss and nothing else", {}, "a hit without a DiskPath"],
  ])("%s", async (_, response, message) => {
    const { cache } = await play(always(response));
    for (let count = 0; count < 2; count++) {
      const error = await failure(cache.get(key(1)));
      expect(error.code).toBe("BAD_RESPONSE");
      expect(error.message).toContain(message);
      expect(error.message).toContain("the cache program");
    }
    expect(cache.outputFile(output)).toBeUndefined();
    await cache.close();
  });

  test("a Size larger than any file", async () => {
    const { cache } = await play(`
      hello();
      for (const { ID, Command } of requests())
        raw(Command === "close" ? '{"ID":2}' : '{"ID":1,"OutputID":"${base64}","Size":9223372036854775807,"DiskPath":"/a"}');
    `);
    const error = await failure(cache.get(key(1)));
    expect(error.code).toBe("BAD_RESPONSE");
    expect(error.message).toContain("9223372036854775807");
    await cache.close();
  });

  test("a put without a DiskPath", async () => {
    const { cache } = await play(always({}));
    const error = await failure(cache.put(key(1), "body"));
    expect(error.code).toBe("BAD_RESPONSE");
    expect(error.message).toContain("a put without a DiskPath");
    await cache.close();
  });
});

describe("a put", () => {
  test("returns the body's SHA-256 and size, and the program's DiskPath", async () => {
    const { cache } = await play(always({ DiskPath: "/where/it/is" }));
    const result = await cache.put(key(1), "hello");
    const outputID = sha256("hello");
    expect(result).toEqual({ outputID, size: 5, diskPath: "/where/it/is" });
    expect(cache.outputFile(outputID)).toBe("/where/it/is");
    await cache.close();
  });

  test("rejects with the program's error, and the connection stays open", async () => {
    const { cache } = await play(always({ Err: "no space", DiskPath: "/a" }));
    for (const body of ["body", "", "x".repeat(200_000)]) {
      const error = await failure(cache.put(key(1), body));
      expect(error.code).toBe("SERVER_ERROR");
      expect(error.message).toEndWith("answered put with an error: no space");
    }
    await cache.close();
  });

  test("accepts a response before its body was read", async () => {
    const { cache } = await play(`
      hello();
      for (const line of lines()) {
        const put = /"ID":(\\d+),"Command":"put"/.exec(line.slice(0, 100));
        if (put) say({ ID: Number(put[1]), Err: "not interested" });
        const other = /"ID":(\\d+),"Command":"(get|close)"/.exec(line.slice(0, 100));
        if (other) say({ ID: Number(other[1]), Miss: true });
      }
    `);
    const puts = [1, 2, 3].map((name) => failure(cache.put(key(name), "x".repeat(1_000_000))));
    expect((await Promise.all(puts)).map(({ code }) => code)).toEqual(Array(3).fill("SERVER_ERROR"));
    expect(await cache.get(key(1))).toBeNull();
    await cache.close();
  });
});

describe("outputFile", () => {
  test("returns the last DiskPath for an output, even after close", async () => {
    const { cache } = await play(`
      hello();
      for (const { ID } of requests()) say({ ID, OutputID: "${base64}", DiskPath: "/path/" + ID });
    `);
    expect(cache.outputFile(output)).toBeUndefined();
    await cache.get(key(1));
    await cache.get(key(2));
    expect(cache.outputFile(output)).toBe("/path/2");
    await cache.close();
    expect(cache.outputFile(output)).toBe("/path/2");
  });

  test("forgets an output after 40,000 other responses", async () => {
    const { cache } = await play(`
      hello();
      const id = Buffer.alloc(32);
      let answers = "";
      for (const { ID, Command } of headers()) {
        id.writeUInt32BE(ID);
        answers += JSON.stringify({ ID, OutputID: id.toString("base64"), DiskPath: "/path/" + ID });
        if (ID % 1_000 === 0 || Command === "close") { raw(answers); answers = ""; }
      }
    `);
    const named = (id: number) => {
      const output = new Uint8Array(32);
      new DataView(output.buffer).setUint32(0, id);
      return cache.outputFile(output);
    };
    for (let count = 0; count < 41; count++)
      await Promise.all(Array.from({ length: 1_000 }, () => cache.get(key(1))));
    expect([1, 21_001, 41_000].map(named)).toEqual([undefined, "/path/21001", "/path/41000"]);
    await cache.close();
  });

  test("doesn't keep a path that is too long for a file", async () => {
    const path = "x".repeat(4_096);
    const { cache } = await play(`
      hello();
      for (const { ID } of requests()) say({ ID, OutputID: "${base64}", DiskPath: (ID > 1 ? "/" : "") + "${path}" });
    `);
    await cache.get(key(1));
    expect(cache.outputFile(output)).toBe(path);
    await cache.get(key(1));
    expect(cache.outputFile(output)).toBeUndefined();
    await cache.close();
  });
});

describe("a call of an undeclared command rejects with UNSUPPORTED_COMMAND and sends nothing:", () => {
  test.each([
    ["get", ["put", "close"]],
    ["put", ["get", "close"]],
    ["get", ["GET", "get2", ""]],
  ])("%s, with %j declared", async (command, commands) => {
    const { cache, log } = await play(`
      hello(${JSON.stringify(commands)});
      for (const { Command, ID } of requests()) { log(Command); say({ ID }); }
      log("end");
    `);
    const calls =
      command === "get"
        ? [cache.get(key(1)), cache.getFile(key(1)), cache.getBytes(key(1))]
        : [cache.put(key(1), "body")];
    for (const call of calls) {
      const error = await failure(call);
      expect(error.code).toBe("UNSUPPORTED_COMMAND");
      expect(error.message).toContain(`does not support ${command}; it declared: ${commands.join(", ")}`);
    }
    await cache.close();
    expect(log.all).toEqual(commands.includes("close") ? ["close", "end"] : ["end"]);
  });
});

/** What a program can write after a request that makes go fail. */
const refused: [name: string, write: string][] = [
  ["a response with an ID that was never sent", `say({ ID: 99, Miss: true })`],
  ["a response with the ID of a later request", `say({ ID: 4, Miss: true })`],
  ["a negative ID", `say({ ID: -1, Miss: true })`],
  ["an ID that no double can hold", `raw('{"ID":9007199254740993,"Miss":true}')`],
  ["a second response", `say({ ID: 1, Miss: true }); say({ ID: 1, Miss: true })`],
  ["a second hello", `hello()`],
  ["null", `raw("null")`],
  ["a response without an ID", `say({ Miss: true })`],
  ["text", `raw("cache hit!\\n")`],
  ["an array", `raw("[]")`],
  ["an ID that is a string", `say({ ID: "1", Miss: true })`],
  ["an ID with a fraction", `raw('{"ID":1.0,"Miss":true}')`],
  ["a Time without a zone", `say({ ID: 1, Time: "2024-01-01T00:00:00" })`],
  ["an OutputID without padding", `say({ ID: 1, OutputID: "AQ" })`],
  ["invalid JSON after a valid response", `raw('{"ID":1,"Miss":true} }')`],
];

describe("output that go refuses fails all pending and later calls with PROTOCOL_ERROR:", () => {
  test.each(refused)("%s", async (name, write) => {
    const { cache } = await play(`
      hello();
      let count = 0;
      for (const _ of requests()) if (++count === 3) { ${write} }
    `);
    const calls = [1, 2, 3].map((name) => cache.get(key(name)));
    if (name.includes("second response") || name.includes("valid response"))
      expect(await calls.shift()).toBeNull();
    const errors = await Promise.all(calls.map(failure));
    for (const error of errors) expect(error.code).toBe("PROTOCOL_ERROR");
    expect(new Set(errors.map(({ message }) => message)).size).toBe(1);
    expect((await failure(cache.get(key(4)))).code).toBe("PROTOCOL_ERROR");
    expect((await failure(cache.put(key(4), "body"))).code).toBe("PROTOCOL_ERROR");
    expect(await cache.getOrPut(key(4), () => "body")).toMatchObject({ hit: false, stored: false });
    await cache.close();
    await eventsDelivered();
    expect((await failure(cache.get(key(5)))).code).toBe("PROTOCOL_ERROR"); // not EXITED
  });

  test("a second hello while no call is pending, reported by the next call", async () => {
    const { cache, log } = await play(`hello(); hello(); log("said"); for (const _ of requests());`);
    await log.after("said");
    expect((await failure(cache.get(key(1)))).code).toBe("PROTOCOL_ERROR");
    await cache.close();
  });

  test("a second hello while no call is pending, reported by close if no call comes", async () => {
    const { cache, log } = await play(`hello(); hello(); for (const _ of requests()); log("end");`);
    await log.after("end"); // the client ends stdin when it sees the second hello
    expect((await failure(cache.close())).code).toBe("PROTOCOL_ERROR");
  });
});

test("responses may be joined, split anywhere and spread over several lines", async () => {
  const { cache } = await play(`
    hello();
    let answers = "";
    for (const { ID, Command } of requests()) {
      answers += "\\n {\\n\\t\\"ID\\": " + ID + ", \\"Miss\\" :true}";
      if (Command === "close") raw('{"ID":' + ID + '}');
      if (ID !== 20) continue;
      for (const byte of answers) { raw(byte); if (byte === ":") await new Promise((r) => setImmediate(r)); }
    }
  `);
  const misses = await Promise.all(Array.from({ length: 20 }, (_, name) => cache.get(key(name))));
  expect(misses).toEqual(Array(20).fill(null));
  await cache.close();
});
