import { expect, test } from "bun:test";
import { jsonReport } from "../../../src/trace/report/json.ts";
import { markdownReport } from "../../../src/trace/report/markdown.ts";
import { perfettoFile } from "../../../src/trace/report/perfetto.ts";
import { reportOn } from "../../../src/trace/report/report.ts";
import { summaryLines, textReport } from "../../../src/trace/report/text/text.ts";
import { close, hit, made, miss, put, request, start } from "./made.ts";

const build = made([
  hit("build|fmt", { at: 0, took: 10, size: 100 }),
  hit("index|fmt", { at: 5, took: 10, size: 50 }),
  miss("build|example.com/a", { at: 20, took: 1 }),
  put("build|example.com/a", { at: 30, took: 20, size: 7 }),
  hit("compiler|", { at: 60 }),
  put("compiler|", { at: 70, size: 20 }),
  close({ at: 99, took: 1 }),
]);
const report = reportOn([build]);

test("a report on one process", () => {
  expect(textReport(report)).toBe(`\
go build ./... · go1.26.8 · /work/m
  cache        my-cacheprog --dir /c
  requests     4 gets and 2 puts in 100 ms
  hits         3 of 4 gets (75 %), 150 bytes
  misses       1: 1 build
               in example.com/a
  puts         2, 27 bytes
  in flight    for 39.0 ms (39 % of the time); 1.1 on average, 2 at most
  a hit takes  10.0 ms (median); at most 10.0 ms
  slowest      put of build example.com/a: 20.0 ms, 7 bytes

  kind      gets    hit        got  puts       put  latencies
  build        2   50 %  100 bytes     1   7 bytes    31.0 ms
  index        1  100 %   50 bytes     0   0 bytes    10.0 ms
  compiler     1  100 %    0 bytes     1  20 bytes    2.00 ms

  request  count      p50      p90      p99      max
  hit          3  10.0 ms  10.0 ms  10.0 ms  10.0 ms
  put          2  1.00 ms  20.0 ms  20.0 ms  20.0 ms
  miss         1  1.00 ms  1.00 ms  1.00 ms  1.00 ms
  close        1  1.00 ms  1.00 ms  1.00 ms  1.00 ms

note: The C compiler's id was put again although it hit.
  go puts it each time it has asked for it. The entry is small, but a cache that
  forwards each put to a server sends it every time. It cost 1.00 ms and 20
  bytes. Nothing to do in the build. A cache program can skip a put whose action
  already has this output.
  https://go.dev/issue/81553
`);
});

test("at the end of a build, there are about ten lines, with what is wrong or slow", () => {
  const failed = made([
    ...build.trace.requests,
    request("put", "error", "build|b", { at: 80, error: "disk full" }),
  ]);
  const lines = summaryLines(reportOn([failed]), 60);
  expect(lines.at(-1)).toBe("    full. Package: b.");
  expect(lines.length).toBeLessThan(15);
  expect(lines.filter((line) => line.length > 60)).toEqual([]);
  expect(lines.join("\n")).not.toContain("compiler's id");
});

test("several processes are one report: their commands, and their times together", () => {
  const vet = made([hit("vet|a", { at: 0, took: 2 })], {
    start: { ...start([]), go: { pid: 8, command: ["go", "vet", "./..."] } },
  });
  const [head, ...rows] = summaryLines(reportOn([build, build, vet]), 100);
  expect(head).toBe("3 go processes: go build ./..., go vet ./... · go1.26.8");
  expect(rows[0]).toBe("  cache        my-cacheprog --dir /c, go's own");
  expect(rows[1]).toBe("  requests     9 gets and 4 puts; the go processes took 202 ms together");
});

test("a report says why actions have no name", () => {
  const nameless = (graph?: string) => reportOn([made([hit("x"), hit("vet|a")], { graph })]);
  expect(textReport(nameless())).toContain(
    "  no name      1 of 2 actions; it has no action graph, which cacheprogw trace\n               records\n",
  );
  expect(textReport(nameless("[]"))).toContain("  no name      1 of 2 actions\n");
  const both = reportOn([made([hit("x")]), made([hit("y")], { graph: "[]" })]);
  expect(summaryLines(both, 100)).toContain(
    "  no name      2 of 2 actions; 1 of the go processes has no action graph, which cacheprogw trace",
  );
});

test("a trace without requests makes a short report", () => {
  expect(textReport(reportOn([made([], { end: 5_000 })]))).toBe(`\
go build ./... · go1.26.8 · /work/m
  cache     my-cacheprog --dir /c
  requests  0 gets and 0 puts in 5.00 ms
`);
});

test("names from a trace can't act on a terminal or a CI log", () => {
  const odd = made([miss("build|\x1b[2Jx"), miss("build|::error::x")]);
  const text = textReport(reportOn([odd]));
  expect(text).toContain("\\x1b[2Jx");
  expect(text).not.toContain("\x1b");
  expect(markdownReport(reportOn([made([miss("build|a|b`c`")])]))).not.toContain("|a|b");
});

test("Markdown has tables, and the findings with what to do", () => {
  const text = markdownReport(report);
  expect(text).toStartWith("### `go build ./... · go1.26.8 · /work/m`\n");
  expect(text).toContain("| hits | `3 of 4 gets (75 %), 150 bytes` |\n");
  expect(text).toContain(
    "- **note**: `The C compiler's id was put again although it hit.`: 1.00 ms and 20 bytes.\n",
  );
  expect(text).toContain("| `example.com/a` | 1 | 0 % | 0 bytes | 1 | 7 bytes | 21.0 ms |\n");
  for (const block of text.split("\n\n").filter((part) => part.startsWith("|"))) {
    const widths = block
      .trim()
      .split("\n")
      .map((line) => line.replaceAll("\\|", "").split("|").length);
    expect(new Set(widths).size).toBe(1);
  }
});

test("JSON has its version, the summary and the findings, and no number that JSON lacks", () => {
  const value = JSON.parse(JSON.stringify(jsonReport(report)));
  expect(value).toMatchObject({
    format: "cacheprogw report",
    version: 1,
    requests: 7,
    total: { gets: 4, hits: 3, latency: 44_000 },
    findings: [{ id: "compiler-put-again", level: "note", count: 1, time: 1_000, bytes: 20 }],
  });
  expect(value.sizes.hit.classes.at(-1).to).toBeNull();
  expect(JSON.stringify(value.sizes).match(/null/g)).toHaveLength(2);
  const silent = made([], { hello: undefined });
  expect(jsonReport(reportOn([silent]))).toMatchObject({ processes: [{ hello: null }] });
});

async function timeline(...traces: Parameters<typeof reportOn>[0][]) {
  const parts = await Array.fromAsync(perfettoFile(traces.flatMap((each) => [...each])));
  const events: unknown = JSON.parse(parts.join(""));
  return events;
}

test("a timeline has go's clock, and a row for each request in flight", async () => {
  const since = Date.parse("2026-11-26T10:00:00Z") * 1000;
  const killed = made([...build.trace.requests], {
    others: [{ kind: "exit", at: 100_000, signal: "SIGKILL" }],
  });
  const events = await timeline([killed]);
  expect(events).toMatchObject([
    { name: "process_name", ph: "M", pid: 7, args: { name: "cache of go build ./..." } },
    { name: "thread_name", ph: "M", tid: 1 },
    {
      name: "hit build fmt",
      ph: "X",
      ts: since,
      dur: 10_000,
      pid: 7,
      tid: 1,
      args: { number: 0, size: 100 },
    },
    { name: "thread_name", ph: "M", tid: 2 },
    { name: "hit index fmt", ph: "X", ts: since + 5_000, dur: 10_000, tid: 2 },
    { name: "miss build example.com/a", ts: since + 20_000, tid: 1 },
    { name: "put build example.com/a", ts: since + 30_000, tid: 1 },
    { name: "hit compiler", tid: 1 },
    { name: "put compiler", tid: 1 },
    { name: "close", tid: 1 },
    { name: "exit", ph: "i", ts: since + 100_000 },
  ]);
});

test("a timeline of no trace is an empty list", async () => {
  expect(await timeline()).toEqual([]);
});
