import { describe, expect, test } from "bun:test";
import { CacheProg } from "../../src/index.ts";
import { guardEachTest } from "./guard.ts";
import { failure, key, play, scripted } from "./scripted.ts";

guardEachTest();

const none = { hits: 0, misses: 0, puts: 0, failures: {}, hitBytes: 0, putBytes: 0 };

/** Misses, hits of 7 bytes, errors and incomplete hits, by the first byte of the action; puts have a DiskPath. */
const varied = `
  hello();
  for (const { ID, Command, ActionID } of requests()) {
    const kind = Buffer.from(ActionID ?? "", "base64")[0];
    if (Command !== "get") say({ ID, DiskPath: "/dev/null" });
    else if (kind === 0) say({ ID, Miss: true });
    else if (kind === 1) say({ ID, OutputID: ActionID, Size: 7, DiskPath: "/dev/null" });
    else if (kind === 2) say({ ID, Err: "no" });
    else say({ ID, OutputID: ActionID });
  }
`;

const [miss, hit, error, incomplete] = [action(0), action(1), action(2), action(3)];

function action(kind: number): Uint8Array {
  return new Uint8Array(32).fill(kind);
}

describe("stats", () => {
  test("count hits, misses, puts, their bytes, and failures by code", async () => {
    const { cache } = await play(varied);
    expect(cache.stats).toEqual({ ...none, responseTime: 0 });
    await cache.get(miss);
    await Promise.all([cache.get(hit), cache.get(hit), cache.getFile(hit), cache.getBytes(hit)]);
    for (const body of ["body", "", "x".repeat(200_000), new Response("stream")]) await cache.put(hit, body);
    for (const action of [error, error, incomplete, new Uint8Array(3)]) await failure(cache.get(action));
    await failure(cache.put(hit, Bun.file("/")));
    await failure(cache.get(hit, { signal: AbortSignal.abort() }));
    const stats = cache.stats;
    const counts = {
      hits: 4,
      misses: 1,
      puts: 4,
      hitBytes: 28,
      putBytes: 200_010,
      failures: { SERVER_ERROR: 2, BAD_RESPONSE: 1, BAD_ARGUMENT: 1, BODY_UNREADABLE: 1, ABORTED: 1 },
    };
    expect(stats).toEqual({ ...counts, responseTime: expect.any(Number) });
    expect(stats.responseTime).toBeGreaterThan(0);
    await cache.close();
    await failure(cache.get(hit));
    expect(cache.stats.failures).toEqual({ ...counts.failures, CLOSED: 1 });
    // The earlier snapshot hasn't changed.
    expect(stats.failures).toEqual(counts.failures);
  });

  test("count what getOrPut keeps from the build, and neither its own wrong arguments nor close", async () => {
    const { cache } = await play(`
      hello(["put", "close"]);
      for (const { ID } of requests()) say({ ID, Err: "full" });
    `);
    expect(await cache.getOrPut(key(1), () => "body")).toMatchObject({ hit: false, stored: false });
    await failure(cache.getOrPut(new Uint8Array(1), () => "body"));
    await failure(cache.close());
    expect(cache.stats).toEqual({
      ...none,
      failures: { UNSUPPORTED_COMMAND: 1, SERVER_ERROR: 1 },
      responseTime: expect.any(Number),
    });
    const { cache: leaving } = await play(`hello(); requests().next();`);
    await leaving.close();
    expect(leaving.stats).toEqual({ ...none, responseTime: 0 });
  });

  test("count every call that fails with the connection", async () => {
    const { cache } = await play(`
      hello();
      for (const { ID } of requests()) if (ID === 3) process.exit(3);
    `);
    await Promise.all([cache.get(hit), cache.put(hit, "body"), cache.get(miss)].map(failure));
    await failure(cache.get(hit));
    expect(cache.stats.failures).toEqual({ EXITED: 4 });
    await cache.close();
  });

  test("count a call once that was aborted before its response, and the time of the response", async () => {
    const abort = new AbortController();
    const { cache, log } = await play(`
      hello();
      for (const { ID } of requests()) {
        if (ID === 1) log("asked");
        else if (ID === 2) raw('{"ID":1,"Miss":true}{"ID":2,"Miss":true}');
        else say({ ID });
      }
    `);
    const aborted = failure(cache.get(miss, { signal: abort.signal }));
    await log.after("asked");
    abort.abort();
    expect((await aborted).code).toBe("ABORTED");
    expect(cache.stats.responseTime).toBe(0);
    await cache.get(miss);
    expect(cache.stats).toEqual({
      ...none,
      misses: 1,
      failures: { ABORTED: 1 },
      responseTime: expect.any(Number),
    });
    await cache.close();
  });

  test("of two connections are their own", async () => {
    await using one = await CacheProg.start(scripted(varied));
    await using other = await CacheProg.start(scripted(varied));
    await one.get(hit);
    expect([one.stats.hits, other.stats.hits]).toEqual([1, 0]);
  });
});

describe("responseTime", () => {
  test("is the sum over the calls, so those at the same time count in full", async () => {
    const { cache } = await play(`
      hello();
      const held = [];
      for (const { ID, Command } of requests()) {
        held.push({ ID, Miss: true });
        if (held.length < 50 && Command !== "close") continue;
        for (const answer of held.splice(0)) say(answer);
      }
    `);
    const began = performance.now();
    await Promise.all(Array.from({ length: 50 }, () => cache.get(miss)));
    const took = performance.now() - began;
    const { responseTime } = cache.stats;
    expect(responseTime).toBeGreaterThan(took);
    expect(responseTime).toBeLessThanOrEqual(50 * took);
    await cache.close();
    // Nor does close count.
    expect(cache.stats.responseTime).toBe(responseTime);
  });

  test("doesn't count a response that comes before the program has taken the whole request", async () => {
    const { cache, log } = await play(`
      hello();
      peek();
      say({ ID: 1, DiskPath: "/dev/null" });
      log("answered");
      for (const { ID } of headers()) if (ID > 1) say({ ID });
    `);
    await cache.put(hit, new Uint8Array(10_000_000));
    await log.after("answered");
    expect(cache.stats).toMatchObject({ puts: 1, putBytes: 10_000_000, responseTime: 0 });
    await cache.close();
  });
});
