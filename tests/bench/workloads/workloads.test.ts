import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type Host, ScenarioRunner } from "../../../src/bench/scenario-runner.ts";
import { Tally } from "../../../src/bench/tally.ts";
import { figuresIn } from "../../../src/bench/workloads/figure.ts";
import { parsePs, usageOf } from "../../../src/bench/workloads/process-usage.ts";
import { select, workloads } from "../../../src/bench/workloads/select.ts";
import { goBuildStd, std } from "../../../src/bench/workloads/std.ts";
import { CacheProg } from "../../../src/client/client.ts";
import { Bodies } from "../../../src/trace/replay/bodies.ts";
import { temporaryDirectory } from "../../client/guard.ts";
import { scripted } from "../../client/scripted.ts";

describe("go build std", () => {
  const { cold, warm } = goBuildStd;
  const puts = cold.flatMap(({ body }) => body ?? []);

  test("is what a go build asked: its gets and puts, its bytes, its empty bodies", () => {
    expect(cold.length - puts.length).toBe(690);
    expect(puts).toHaveLength(1_387);
    expect(puts.reduce((sum, { size }) => sum + size, 0)).toBe(164_067_508);
    expect(puts.filter(({ size }) => size === 0)).toHaveLength(337);
    expect(Math.max(...puts.map(({ size }) => size))).toBe(12_593_034);
    expect(new Set(puts.map(({ index }) => index)).size).toBe(1_032);
  });

  test("then gets what it has put, each action once, and nothing else", () => {
    const stored = new Set(cold.filter(({ body }) => body !== undefined).map(({ action }) => action));
    expect(warm).toHaveLength(1_019);
    expect(warm.filter(({ body }) => body !== undefined)).toEqual([]);
    expect(new Set(warm.map(({ action }) => action)).size).toBe(1_019);
    expect(warm.filter(({ action }) => !stored.has(action))).toEqual([]);
  });

  test("is replayed: each get of the cold build is a miss, and the warm one finds what was put", async () => {
    const stored = join(temporaryDirectory(), "stored");
    const program = scripted(`
      const stored = new Set(fs.existsSync("${stored}") ? fs.readFileSync("${stored}", "utf8").split("\\n") : []);
      const path = { DiskPath: "/x" };
      const hit = { ...path, OutputID: "${"A".repeat(43)}=", Size: 1, TimeNanos: 1 };
      hello();
      for (const { ID, Command, ActionID } of headers()) {
        if (Command === "put") stored.add(ActionID);
        if (Command === "close") fs.writeFileSync("${stored}", [...stored].join("\\n"));
        say({ ID, ...(Command === "put" ? path : Command === "close" ? {} : stored.has(ActionID) ? hit : { Miss: true }) });
      }`);
    const host: Host<AsyncDisposable> = {
      sandbox: async () => ({ [Symbol.asyncDispose]: async () => {} }),
      async run(words, _sandbox, work) {
        await using cache = await CacheProg.start(words);
        await work(cache);
      },
    };
    const [scenario = expect.unreachable()] = std.scenarios;
    const tally = new Tally(figuresIn(std.scenarios));
    await new ScenarioRunner(host, new Bodies(), new AbortController().signal).run(scenario, {
      candidate: { name: "it remembers", words: () => program },
      tally,
      slice: 1,
      seed: "a",
      onFigure: () => {},
    });
    const results = tally.figures.map((each) => tally.of(each));
    expect(results.map(({ problem }) => problem)).toEqual([undefined, undefined]);
    expect(results.flatMap(({ runs }) => runs.map(({ calls }) => calls))).toEqual([2_077, 1_019]);
  });
});

describe("figures are selected", () => {
  const ids = (...words: string[]) => figuresIn(select(words, workloads)).map(({ id }) => id);

  test.each([
    [["put/1KiB"], ["put/1KiB"]],
    [["handshake"], ["handshake"]],
    [["get-*/1"], ["get-miss/1", "get-hit/1"]],
    [["put"], ["put/0B", "put/1KiB", "put/64KiB", "put/1MiB", "put/16MiB"]],
    // The warm build needs what the cold one has put.
    [["std/warm"], ["std/cold", "std/warm"]],
  ])("by %j: %j", (words, expected) => {
    expect(ids(...words)).toEqual(expected);
  });

  test("an unknown one is refused", () => {
    expect(() => ids("put", "gets")).toThrow('unknown figure "gets"; expected one of: handshake, get-miss/1');
  });
});

test.skipIf(process.platform !== "linux")(
  "on Linux, the CPU time and memory of a process are measured",
  () => {
    const before = usageOf(process.pid);
    const filled = new Uint8Array(64 * 1024 ** 2).fill(1);
    const after = usageOf(process.pid);
    expect(after?.cpu).toBeGreaterThan(before?.cpu ?? Number.POSITIVE_INFINITY);
    expect(after?.memory).toBeGreaterThan(filled.length);
    expect(usageOf(2 ** 30)).toBeUndefined();
  },
);

test.each([
  ["   0:01.25  20480\n", { cpu: 1_250, memory: 20_480 * 1024 }],
  ["1:02:03 1\n", { cpu: 3_723_000, memory: 1024 }],
  ["", undefined],
])("a line of ps, %j, is parsed as %p", (line, expected) => {
  expect(parsePs(line)).toEqual(expected);
});
