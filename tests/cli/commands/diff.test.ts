import { afterAll, expect, test } from "bun:test";
import { HashLines } from "../../trace/diff/hash-lines.ts";
import { hit, made, miss } from "../../trace/report/made.ts";
import { traceFile } from "../../trace/report/trace-file.ts";
import { Sandbox } from "../sandbox.ts";

const sandbox = new Sandbox();
afterAll(() => sandbox[Symbol.dispose]());

sandbox.write("before.jsonl", traceFile(made([hit("a"), hit("b")]), "2026-11-26T10:00:00.000000Z"));
sandbox.write("after.jsonl", traceFile(made([miss("b"), hit("a")]), "2026-11-26T11:00:00.000000Z"));

async function diff(...args: string[]) {
  const { stdout, ...ended } = await sandbox.run(["diff", ...args]);
  return { ...ended, stdout: stdout.toString() };
}

test("diff of two builds that are the same ends with 0", async () => {
  const same = { code: 0, signal: null, stderr: "", stdout: "Nothing differs: 2 entries are the same.\n" };
  expect(await diff("before.jsonl", "before.jsonl")).toEqual(same);
});

test("diff of two builds that differ says how, and ends with 1", async () => {
  const { stdout, ...ended } = await diff("before.jsonl", "after.jsonl");
  expect(ended).toEqual({ code: 1, signal: null, stderr: "" });
  expect(stdout).toStartWith("1 entry missed although the cache had it\n");
  const json = await diff("--json", "before.jsonl", "after.jsonl");
  expect(json).toMatchObject({ code: 1, stderr: "" });
  expect(JSON.parse(json.stdout)).toMatchObject({ format: "cacheprogw diff", isSame: false, lost: [{}] });
});

test.each([
  [["before.jsonl"], 2, "diff takes two traces, or two directories of traces: BEFORE and AFTER"],
  [["before.jsonl", "missing"], 3, "missing can't be read: "],
])("diff %p is refused with %d", async (args, code, message) => {
  const ended = await diff(...args);
  expect(ended).toMatchObject({ code, stdout: "" });
  expect(ended.stderr).toContain(`cacheprogw: ${message}`);
});

function log(file: string): string {
  const lines = new HashLines();
  lines.hash("build example.com/m", `file m.go ${file}\n`);
  return lines.text;
}

test("diff --hashes shows which line of a hash changed", async () => {
  sandbox.write("before.log", log("x"));
  sandbox.write("after.log", log("y"));
  const same = "Nothing differs: 1 hash is the same\n";
  expect(await diff("--hashes", "before.log", "before.log")).toMatchObject({
    code: 0,
    stderr: "",
    stdout: same,
  });
  const { code, stdout } = await diff("--hashes", "before.log", "after.log");
  expect(code).toBe(1);
  expect(stdout).toBe("build example.com/m\n  - file m.go x\n  + file m.go y\n0 hashes are the same\n");
  const json = await diff("--hashes", "--json", "before.log", "after.log");
  const changed = [{ name: "build example.com/m", before: ["file m.go x"], after: ["file m.go y"] }];
  expect(JSON.parse(json.stdout)).toMatchObject({ isSame: false, changed });
});

test.each([
  ["missing", "missing can't be read: ENOENT"],
  [
    "before.jsonl",
    "before.jsonl has no hash of go; expected what go writes on stderr with GODEBUG=gocachehash=1",
  ],
])("diff --hashes of %s ends with 3", async (file, message) => {
  const ended = await diff("--hashes", file, file);
  expect(ended).toMatchObject({ code: 3, stdout: "" });
  expect(ended.stderr).toContain(`cacheprogw: ${message}`);
});
