import { expect, test } from "bun:test";
import { reportOn, summarize } from "../../../src/trace/report/report.ts";
import { timeOf } from "../../../src/trace/report/summary/in-flight.ts";
import { Samples } from "../../../src/trace/report/summary/samples.ts";
import { hitRate } from "../../../src/trace/report/summary.ts";
import { close, hit, made, miss, put, request } from "./made.ts";

const build = made([
  hit("build|fmt", { at: 0, took: 10, size: 100 }),
  hit("index|fmt", { at: 5, took: 10, size: 50 }),
  miss("build|a", { at: 20, took: 1 }),
  put("build|a", { at: 30, took: 20, size: 7 }),
  request("get", "error", "nameless", { at: 60, took: 1, error: "no" }),
  request("get", "lost", "vet|a", { at: 61, took: 39 }),
  close({ at: 99, took: 1 }),
]);

test("a summary counts by command and outcome, package and kind", () => {
  const { requests, total, outcomes, kinds, packages, actions } = summarize(build.trace, build.names);
  expect(requests).toBe(7);
  expect(total).toMatchObject({ gets: 5, hits: 2, misses: 1, puts: 1, stored: 1, errors: 1, lost: 1 });
  expect(total).toMatchObject({ hitBytes: 150, putBytes: 7, latency: 82_000 });
  expect(hitRate(total)).toBe(0.4);
  expect(outcomes[0]).toMatchObject({ command: "get", outcome: "hit", bytes: 150 });
  expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual([
    "closed",
    "error",
    "hit",
    "lost",
    "miss",
    "stored",
  ]);
  expect(packages.map(({ name, total }) => [name, total.gets, total.hits, total.latency])).toEqual([
    ["a", 2, 0, 60_000],
    ["fmt", 2, 2, 20_000],
    ["", 1, 0, 1_000],
  ]);
  expect(kinds.map(({ name }) => name)).toEqual(["vet", "build", "index", ""]);
  expect(actions).toEqual({ named: 4, unnamed: 1, withoutGraph: 1 });
});

test("a summary has the time with requests in flight, and how many there were", () => {
  const { time, slowest } = summarize(build.trace, build.names);
  expect(time).toEqual({ total: 100_000, inFlight: 76_000, idle: 24_000, average: 82 / 76, most: 2 });
  expect(slowest[0]).toMatchObject({ number: 5, kind: "vet", package: "a", sent: 61_000, latency: 39_000 });
});

test("a request sent when another one is answered doesn't overlap with it", () => {
  const { trace } = made([hit("a|", { at: 0, took: 5 }), hit("b|", { at: 5, took: 5 })]);
  expect(timeOf(trace.requests, 10_000)).toEqual({
    total: 10_000,
    inFlight: 10_000,
    idle: 0,
    average: 1,
    most: 1,
  });
});

test("several traces are summed up, each with its process", () => {
  const { summary } = reportOn([build, made([hit("build|fmt", { at: 0, took: 10, size: 5 })])]);
  expect(summary.processes.map(({ requests, total }) => [requests, total.hits])).toEqual([
    [7, 2],
    [1, 1],
  ]);
  expect(summary.processes[0]).toMatchObject({ pid: 7, version: "go1.26.8", directory: "/work/m", hello: 0 });
  expect(summary.requests).toBe(8);
  expect(summary.time.total).toBe(110_000);
  expect(summary.packages.find(({ name }) => name === "fmt")?.total.hits).toBe(3);
  expect(summary.actions.named).toBe(4);
});

test("a trace without requests has a summary of zeros", () => {
  const empty = made([], { end: 5 });
  const { requests, total, time, sizes } = summarize(empty.trace, empty.names);
  expect([requests, hitRate(total), time.idle, time.average, sizes.hit.p90]).toEqual([0, 0, 5, 0, 0]);
});

test("percentiles are values that occurred, and classes of sizes adjoin", () => {
  const samples = new Samples();
  for (let value = 100; value >= 1; value--) samples.add(value);
  expect(samples.latency()).toEqual({ count: 100, min: 1, p50: 50, p90: 90, p99: 99, max: 100, sum: 5050 });
  samples.add(0);
  samples.add(70 * 1024 ** 2);
  const { classes } = samples.sizes();
  expect(classes.map(({ count }) => count)).toEqual([1, 100, 0, 0, 0, 0, 1]);
  expect(classes.slice(1).every(({ from }, at) => from === classes[at]?.to)).toBe(true);
});
