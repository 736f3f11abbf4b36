import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { id, sha256, Traffic } from "../../trace/traffic.ts";
import { Sandbox } from "../sandbox.ts";

const sandbox = new Sandbox();
afterAll(() => sandbox[Symbol.dispose]());

beforeAll(() => {
  mkdirSync(join(sandbox.cwd, "traces"));
  const fine = new Traffic();
  fine.hit(fine.get(id(1)), sha256("x"), 1);
  sandbox.write("traces/fine.jsonl", fine.end().text);
  const bad = new Traffic();
  bad.hit(bad.get(id(1)), sha256("x"), 1, { path: "/store/x.bin" });
  sandbox.write("should.jsonl", bad.end().text);
  bad.add({ kind: "response", id: 1, miss: true });
  sandbox.write("must.jsonl", bad.text);
});

test("findings go to stderr, reports to stdout or files", async () => {
  const { code, stdout, stderr } = await sandbox.run([
    "lint",
    "must.jsonl",
    "traces",
    "--json",
    "--report",
    "junit=lint.xml",
  ]);
  expect(stderr).toMatch(/^cacheprogw lint · .*must\.jsonl/);
  expect(stderr).toContain("✗ answers/once");
  expect(stderr).toMatch(/Rerun {2}.* lint --only answers\/once must\.jsonl traces\n/);
  const report = JSON.parse(stdout.toString());
  expect(report).toMatchObject({
    outcome: "failed",
    command: ["./cache"],
    counts: { failed: 2, warning: 1 },
  });
  expect(sandbox.read("lint.xml").toString()).toContain(`<testsuites name="cacheprogw lint"`);
  expect(code).toBe(1);
});

test("a broken should fails with --strict only; what is left out doesn't count", async () => {
  const usual = await sandbox.run(["lint", "should.jsonl"]);
  expect(usual.stderr).toContain("! file/no-extension");
  expect(usual.code).toBe(0);
  expect((await sandbox.run(["lint", "should.jsonl", "--strict"])).code).toBe(1);
  expect(
    (await sandbox.run(["lint", "must.jsonl", "--skip", "answers/once", "--skip=close/ends"])).code,
  ).toBe(0);
  expect((await sandbox.run(["lint", "must.jsonl", "--only", "environment/*"])).code).toBe(3);
});

describe("refused:", () => {
  test.each([
    [["lint"], 2, "no trace given; expected trace files, or directories of them"],
    [["lint", "must.jsonl", "--", "prog"], 2, "lint reads traces and starts no program"],
    [["lint", "must.jsonl", "--only", "gets"], 2, `there is no check "gets". Did you mean "get"?`],
    [["lint", "must.jsonl", "--report", "xml"], 2, `unknown report format "xml"`],
    [["lint", "none.jsonl"], 3, "none.jsonl can't be read"],
  ])("%j", async (args, code, text) => {
    const outcome = await sandbox.run(args);
    expect(outcome.stderr).toContain(text);
    expect(outcome.code).toBe(code);
  });
});
