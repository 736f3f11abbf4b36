import { describe, expect, jest, test } from "bun:test";
import type { BodySource } from "../../../src/client/body/body-source.ts";
import { memoryBody } from "../../../src/client/body/memory-body.ts";
import { Outbox, type Outgoing, type Sink } from "../../../src/client/calls/outbox.ts";

/** A sink that completes a write when the test calls take(), and notes whether writes overlapped. */
class SlowSink implements Sink {
  readonly written: string[] = [];
  readonly #taken: (() => void)[] = [];
  #came: (() => void) | undefined;
  overlapped = false;

  write(data: string | Uint8Array): Promise<void> {
    if (this.#taken.length > 0) this.overlapped = true;
    this.written.push(typeof data === "string" ? data : Buffer.from(data).toString("latin1"));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#taken.push(resolve);
    this.#came?.();
    return promise;
  }

  /** Waits for a write, and completes it. */
  async take(): Promise<void> {
    if (this.#taken.length === 0) await new Promise<void>((resolve) => (this.#came = resolve));
    this.#taken.shift()?.();
  }
}

class TestBody implements BodySource {
  readonly outputID = new Uint8Array(32);
  readonly line = undefined;
  readonly #chunks: readonly string[];
  closed = 0;
  /** How many chunks were read. */
  read = 0;

  constructor(chunks: readonly string[]) {
    this.#chunks = chunks;
  }

  get size(): number {
    return this.#chunks.join("").length;
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    for (const chunk of this.#chunks) {
      this.read++;
      yield Buffer.from(chunk);
    }
  }

  readonly close = (): void => {
    this.closed++;
  };
}

class TestRequest implements Outgoing {
  readonly body: BodySource | undefined;
  readonly #header: string | undefined;
  whole = false;

  constructor(header: string | undefined, body?: BodySource) {
    this.#header = header;
    this.body = body;
  }

  begin(): string | undefined {
    return this.#header;
  }

  /** How often bodyRead() was called. */
  read = 0;

  bodyRead(): void {
    this.read++;
  }

  written(): void {
    this.whole = true;
  }
}

function outbox(sink: Sink): { box: Outbox<Outgoing>; failures: unknown[] } {
  const failures: unknown[] = [];
  const onFailure = (error: unknown) => failures.push(error);
  return { box: new Outbox(sink, { stallTimeout: 60_000, onStall() {}, onFailure }), failures };
}

describe("the outbox", () => {
  test("stops reading a body when it's closed", async () => {
    const sink = new SlowSink();
    const { box } = outbox(sink);
    const body = new TestBody(["one", "two", "three", "four"]);
    box.add(new TestRequest("a", body));
    await sink.take();
    await sink.take();
    box.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(body.read).toBeLessThan(4);
    expect(body.closed).toBe(1);
  });

  test("joins small requests of one turn into one write, in order", async () => {
    const sink = new SlowSink();
    const { box } = outbox(sink);
    const requests = ["a", "b", undefined, "c"].map((header) => new TestRequest(header));
    for (const request of requests) box.add(request);
    expect(sink.written).toEqual([]);
    await sink.take();
    await box.drained();
    expect(sink.written).toEqual(["abc"]);
    expect(requests.map(({ whole }) => whole)).toEqual([true, true, false, true]);
  });

  test("knows how many requests its last write had", async () => {
    const { box } = outbox({ write: () => undefined });
    for (const header of ["a", "b"]) box.add(new TestRequest(header));
    await box.drained();
    expect(box.lastCount).toBe(2);
    box.add(new TestRequest("c"), true);
    expect(box.lastCount).toBe(1);
  });

  test("splits large output into several writes, so only a part of it is in memory twice", async () => {
    const sink = new SlowSink();
    const { box } = outbox(sink);
    for (const letter of ["a", "b", "c"]) box.add(new TestRequest(letter.repeat(100 * 1024)));
    await sink.take();
    await sink.take();
    await box.drained();
    expect(sink.written.map(({ length }) => length)).toEqual([200 * 1024, 100 * 1024]);
  });

  test("keeps each write small enough for a slow program to show progress", async () => {
    const sink = new SlowSink();
    const { box } = outbox(sink);
    const body = await memoryBody(new Uint8Array(1_000_000), { settled: false, whenSettled: undefined });
    for (let count = 0; count < 12; count++) box.add(new TestRequest("a".repeat(10 * 1024)));
    box.add(new TestRequest("b", body));
    const idle = box.drained();
    for (let isDone = false; !isDone; ) {
      await sink.take();
      isDone = await Promise.race([
        idle.then(() => true),
        new Promise<false>((resolve) => setImmediate(() => resolve(false))),
      ]);
    }
    expect(sink.written.join("")).toHaveLength(12 * 10 * 1024 + 1 + 1_333_336 + 3);
    expect(Math.max(...sink.written.map(({ length }) => length))).toBeLessThanOrEqual(150 * 1024);
  });

  test("writes an urgent request at once, with those before it, unless a write is pending", async () => {
    const sink = new SlowSink();
    const { box } = outbox(sink);
    box.add(new TestRequest("a"));
    box.add(new TestRequest("b"), true);
    expect(sink.written).toEqual(["ab"]);
    box.add(new TestRequest("c"), true);
    box.add(new TestRequest("d"));
    expect(sink.written).toEqual(["ab"]);
    await sink.take();
    await sink.take();
    await box.drained();
    expect(sink.written).toEqual(["ab", "cd"]);
    expect(sink.overlapped).toBe(false);
  });

  test("makes one write at a time, with nothing between the chunks of a body", async () => {
    const sink = new SlowSink();
    const { box } = outbox(sink);
    const body = new TestBody(["one", "two"]);
    box.add(new TestRequest("a"));
    box.add(new TestRequest("b", body));
    box.add(new TestRequest("c"));
    for (let write = 0; write < 3; write++) {
      box.add(new TestRequest(`+${write}`));
      await sink.take();
    }
    await box.drained();
    expect(sink.written).toEqual(['ab"b25l', 'dHdv"\n', "c+0+1+2"]);
    expect(sink.overlapped).toBe(false);
    expect(body.closed).toBe(1);
  });

  test("reads the next chunk of a body while the last one is being written", async () => {
    const sink = new SlowSink();
    const { box } = outbox(sink);
    const body = new TestBody(["one", "two", "end"]);
    box.add(new TestRequest("a", body));
    await sink.take();
    expect([sink.written.length, body.read]).toEqual([1, 2]);
    await sink.take();
    await sink.take();
    await box.drained();
    expect(sink.written.join("")).toBe('a"b25ldHdvZW5k"\n');
  });

  test("reports a failed read of a body after the write of the chunk before it", async () => {
    const sink = new SlowSink();
    const { box, failures } = outbox(sink);
    const body = new TestBody(["one", "two"]);
    body.chunks = async function* () {
      yield Buffer.from("one");
      throw new Error("changed"); // an unhandled rejection would fail the test
    };
    box.add(new TestRequest("a", body));
    await new Promise((turn) => setImmediate(turn));
    expect(failures).toEqual([]);
    await sink.take();
    await box.drained();
    expect(failures).toEqual([new Error("changed")]);
    expect(body.closed).toBe(1);
  });

  test("reports failed writes and written requests even while it waits for a chunk of a body", async () => {
    const { promise: taken, reject } = Promise.withResolvers<void>();
    let writes = 0;
    const { box, failures } = outbox({ write: () => (writes++ === 0 ? undefined : taken) });
    const body = new TestBody(["one", "two", "end"]);
    body.chunks = async function* () {
      yield Buffer.from("one");
      yield Buffer.from("two");
      await new Promise(() => {}); // a disk that hangs
    };
    const earlier = new TestRequest("a");
    box.add(earlier);
    box.add(new TestRequest("b", body));
    await new Promise((turn) => setImmediate(turn));
    expect([writes, earlier.whole]).toEqual([2, true]);
    reject(new Error("EPIPE"));
    await box.drained();
    expect(failures).toEqual([new Error("EPIPE")]);
  });

  test("doesn't count the time it takes to read a body as a stall", async () => {
    jest.useFakeTimers();
    try {
      const sink = new SlowSink();
      let stalls = 0;
      const box = new Outbox(sink, { stallTimeout: 100, onStall: () => stalls++, onFailure() {} });
      const body = new TestBody(["one", "two"]);
      body.chunks = async function* () {
        yield Buffer.from("one");
        jest.advanceTimersByTime(150); // a slow disk
        yield Buffer.from("two");
      };
      box.add(new TestRequest("a", body), true);
      await sink.take();
      expect(stalls).toBe(0);
      await sink.take();
      await box.drained();
    } finally {
      jest.useRealTimers();
    }
  });

  test("reports a request as written only after its last write", async () => {
    const sink = new SlowSink();
    const { box } = outbox(sink);
    const [earlier, request] = [
      new TestRequest("a"),
      new TestRequest("b", new TestBody(["one", "two", "end"])),
    ];
    for (const each of [earlier, request]) box.add(each);
    for (let write = 0; write < 3; write++) {
      expect([earlier.whole, request.whole]).toEqual([write > 0, false]);
      await sink.take();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await box.drained();
    expect(request.whole).toBe(true);
  });

  test("closes every body when a write fails, and returns the requests that weren't begun", async () => {
    for (const fail of [
      () => {
        throw new Error("EPIPE");
      },
      () => Promise.reject(new Error("EPIPE")),
    ]) {
      const { box, failures } = outbox({ write: fail });
      const bodies = [1, 2, 3].map(() => new TestBody(["one"]));
      const requests = bodies.map((body) => new TestRequest("a", body));
      for (const request of requests) box.add(request);
      await box.drained();
      await new Promise((resolve) => setImmediate(resolve));
      expect(failures).toEqual([new Error("EPIPE")]);
      expect(bodies.map(({ closed }) => closed)).toEqual([1, 1, 1]);
      const late = new TestRequest("a", new TestBody(["one"]));
      box.add(late);
      expect(late.body).toMatchObject({ closed: 1 });
      expect(box.close()).toEqual([...requests.slice(1), late]);
      expect(box.close()).toEqual([]);
    }
  });

  test("closes the bodies of an aborted request, of the one being sent when it's closed, and of those behind it", async () => {
    const sink = new SlowSink();
    const { box } = outbox(sink);
    const bodies = [1, 2, 3].map(() => new TestBody(["one", "two"]));
    const [gone, sent, waits] = bodies;
    box.add(new TestRequest(undefined, gone));
    box.add(new TestRequest("a", sent));
    box.add(new TestRequest("x", waits));
    await sink.take();
    box.close();
    await box.drained();
    await new Promise((resolve) => setImmediate(resolve));
    expect(bodies.map(({ closed }) => closed)).toEqual([1, 1, 1]);
    expect(sink.written.join("")).not.toContain("x");
  });

  test("reports no stall after a completed write, however long it's idle", async () => {
    jest.useFakeTimers();
    try {
      let stalls = 0;
      const sink = new SlowSink();
      const box = new Outbox(sink, { stallTimeout: 20, onStall: () => stalls++, onFailure() {} });
      box.add(new TestRequest("a"));
      await sink.take();
      await box.drained();
      jest.advanceTimersByTime(1_000);
      expect(stalls).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  test("reports a write without progress for stallTimeout, once", async () => {
    const { promise: stalled, resolve } = Promise.withResolvers<void>();
    let count = 0;
    const onStall = () => {
      count++;
      resolve();
    };
    const keepAlive = setInterval(() => {}, 1_000);
    const box = new Outbox(new SlowSink(), { stallTimeout: 20, onStall, onFailure() {} });
    box.add(new TestRequest("a"));
    await stalled;
    clearInterval(keepAlive);
    box.close();
    expect(count).toBe(1);
  });
});
