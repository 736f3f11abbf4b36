import { afterAll, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { hit, made, miss, put } from "../../trace/report/made.ts";
import { traceFile } from "../../trace/report/trace-file.ts";
import { Sandbox } from "../sandbox.ts";

const sandbox = new Sandbox();
afterAll(() => sandbox[Symbol.dispose]());

const [cold, warm] = [made([miss("a"), put("a", { size: 5 })]), made([hit("a", { size: 5 }), miss("b")])];
mkdirSync(`${sandbox.cwd}/traces/folder`, { recursive: true });
// The later one has the name that sorts first.
sandbox.write("traces/1.jsonl", traceFile(warm, "2026-11-26T11:00:00.000000Z"));
sandbox.write("traces/2.jsonl", traceFile(cold, "2026-11-26T10:00:00.000000Z"));
sandbox.write("traces/graph.json", "[]");
sandbox.write("not.jsonl", "{}\n");
mkdirSync(`${sandbox.cwd}/empty`);

async function report(...args: string[]) {
  const { stdout, ...ended } = await sandbox.run(["report", ...args]);
  return { ...ended, stdout: stdout.toString() };
}

const done = { code: 0, signal: null, stderr: "" };

test("report shows a trace, or all traces of a directory", async () => {
  const { stdout, ...ended } = await report("traces/1.jsonl");
  expect(ended).toEqual(done);
  expect(stdout).toStartWith("go build ./... · go1.26.8 · /work/m\n  cache        my-cacheprog\n");
  expect(stdout).toContain("  hits         1 of 2 gets (50 %), 5 bytes\n");
  const all = await report("traces");
  expect(all).toMatchObject(done);
  expect(all.stdout).toStartWith("2 go processes: go build ./... ");
  expect(all.stdout).toContain("1 of 3 gets (33 %)");
});

test("report --json prints one line, with the processes by the time of their start", async () => {
  const { stdout, ...ended } = await report("--json", "traces/1.jsonl", "traces/2.jsonl");
  expect(ended).toEqual(done);
  expect(stdout.indexOf("\n")).toBe(stdout.length - 1);
  expect(JSON.parse(stdout)).toMatchObject({
    format: "cacheprogw report",
    processes: [{ file: "traces/2.jsonl" }, { file: "traces/1.jsonl" }],
  });
});

test("report --perfetto writes a file and prints nothing else, unless it's asked for", async () => {
  expect(await report("--perfetto", "timeline.json", "traces")).toEqual({ ...done, stdout: "" });
  expect(JSON.parse(sandbox.read("timeline.json").toString())).toHaveLength(12);
  const both = await report("--perfetto", "timeline.json", "--markdown", "traces");
  expect(both.stdout).toStartWith("### `2 go processes");
});

test("report -o writes a page and prints nothing else, unless it's asked for", async () => {
  expect(await report("-o", "build.html", "traces")).toEqual({ ...done, stdout: "" });
  const page = sandbox.read("build.html").toString();
  expect(page).toStartWith("<!doctype html>");
  expect(page).toContain("<code>go build ./...</code> and 1 more go process</h1>");
  const all = await report("-o", "build.html", "--perfetto", "timeline.json", "--markdown", "traces");
  expect(all.stdout).toStartWith("### `2 go processes");
});

test.each([
  [["report"], 2, "no trace given; expected trace files, or directories of them"],
  [["report", "--json", "--markdown", "traces"], 2, "--json and --markdown would both go to stdout"],
  [["report", "traces", "--", "x"], 2, "report reads traces and starts no program"],
  [["report", "-o", "a", "--perfetto", "a", "traces"], 2, "the page and the timeline would both go to a;"],
  [["report", "-o", "no/such/folder", "traces"], 3, "can't write no/such/folder"],
  [["report", "-o", "./traces/1.jsonl", "traces"], 2, "./traces/1.jsonl is one of the traces"],
  [["report", "missing"], 3, "missing can't be read: "],
  [["report", "not.jsonl"], 3, "not.jsonl, line 1: it doesn't begin as a trace does"],
  [["report", "empty"], 3, "the directory empty has no trace in it"],
  [["report", "--perfetto", "no/such/folder", "traces"], 3, "can't write no/such/folder"],
])("%p is refused with %d", async (args, code, message) => {
  const ended = await sandbox.run(args);
  expect(ended).toMatchObject({ code, stdout: Buffer.alloc(0) });
  expect(ended.stderr).toContain(`cacheprogw: ${message}`);
});
