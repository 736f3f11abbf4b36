import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { diffTraces } from "../../src/trace/diff/diff.ts";
import { textDiff } from "../../src/trace/diff/text.ts";
import { jsonReport } from "../../src/trace/report/json.ts";
import { reportOn } from "../../src/trace/report/report.ts";
import { root } from "../tools/generated-docs.ts";
import { HashLines } from "../trace/diff/hash-lines.ts";
import { build } from "../trace/diff/made-graph.ts";
import { hit, made, miss, put } from "../trace/report/made.ts";
import { traceFile } from "../trace/report/trace-file.ts";
import { blocks, Project } from "./project.ts";

const page = "src/trace/README.md";
const [
  traced = "",
  recorded = "",
  reports = "",
  comparison = "",
  hashComparison = "",
  lints = "",
  replays = "",
  ...otherCommands
] = blocks(page, "sh");
const [causes = "", changedLines = "", ...otherTexts] = blocks(page, "text");
const [script = "", again = "", ...otherScripts] = blocks(page, "ts");

const project = new Project();
afterAll(() => project[Symbol.dispose]());
const [before, after] = [made([hit("a"), hit("b")]), made([hit("a"), miss("b"), put("b")])];
mkdirSync(join(project.folder, "traces"), { recursive: true });
for (const name of ["before.jsonl", "build.jsonl", "traces/1.jsonl"])
  project.write(name, traceFile(before, "2026-11-26T10:00:00Z"));
for (const name of ["after.jsonl", "traces/2.jsonl"])
  project.write(name, traceFile(after, "2026-11-26T11:00:00Z"));

/** In place of go and make: a client that takes its cache program from GOCACHEPROG, as go does. */
const client = '#!/bin/sh\necho body | cacheprogw put --key "$*"\n';

test("the commands that trace a build", () => {
  for (const name of ["go", "make"]) project.write(`bin/${name}`, client, 0o755);
  const { code, errors } = project.sh(traced);
  expect(code).toBe(0);
  expect(errors.match(/cacheprogw: the page is /g)).toHaveLength(2);
  const [, unnamed = ""] = /the traces are in (.*cacheprogw-trace-\w+)$/m.exec(errors) ?? [];
  expect(existsSync(join(unnamed, "build.html"))).toBe(true);
  rmSync(unnamed, { recursive: true });
  expect(readdirSync(join(project.folder, "traces"))).toContainEqual(expect.stringMatching(/^\d+\.jsonl$/));
  rmSync(join(project.folder, "build.html"));
});

test("the commands that record a build", () => {
  expect(project.sh(recorded)).toMatchObject({ code: 0, errors: "" });
  expect(readdirSync(join(project.folder, "store"))).toEqual([expect.stringMatching(/^\d+\.jsonl$/)]);
});

test("each line of the file is one that its encoder writes", () => {
  const text = readFileSync(join(root, page), "utf8");
  const section = text.slice(text.indexOf("## The file"), text.indexOf("## JSON"));
  const lines = [...section.matchAll(/`(\{"(?:t|template|cacheprogw)":.*?\})`/g)].map(
    ([, line = ""]) => line,
  );
  expect(lines.length).toBeGreaterThan(10);
  const fields = new Set(lines.flatMap((line) => Object.keys(JSON.parse(line))));
  const format = readFileSync(join(root, "src/trace/format/encode.ts"), "utf8");
  expect([...fields].filter((name) => !format.includes(`${name}`))).toEqual([]);
});

test("the commands that report", () => {
  const { code, output, errors } = project.sh(reports);
  expect({ code, errors }).toEqual({ code: 0, errors: "" });
  expect(output).toStartWith("go build ./... ");
  for (const name of ["build.html", "report.md", "timeline.json"])
    expect(existsSync(join(project.folder, name))).toBe(true);
});

test("the command that compares", () => {
  expect(project.sh(comparison)).toMatchObject({
    code: 1,
    output: expect.stringContaining("1 entry missed"),
  });
});

test("what a comparison shows first", () => {
  const [a, b, c] = ["a", "b", "c"].map((name) => `example.com/m/${name}`);
  if (a === undefined || b === undefined || c === undefined) throw new Error("three packages expected");
  const module = (source: string, command?: string) => {
    const worked = command === undefined ? {} : { command };
    const packages = {
      [a]: { source, ...worked },
      [b]: { deps: [a], ...worked },
      [c]: { deps: [b], ...worked },
    };
    return build(packages, [hit(`index|${a}|${source}`), hit(`index|${b}`)]);
  };
  const text = textDiff(diffTraces([module("1")], [module("2", "compile")]));
  expect(text).toStartWith(causes.replace("1.24 s", "60.0 ms"));
});

/** What go logs of a module whose package a has this file. */
function hashLog(file: string): string {
  const log = new HashLines();
  const a = log.hash("build example.com/m/a", `file a.go ${file}\n`);
  const main = log.hash("build example.com/m", `import example.com/m/a ${log.short(a)}\n`);
  log.hash("link example.com/m", `packagefile example.com/m=${log.short(main)}\n`);
  for (let at = 0; at < 61; at++) log.hash(`build std${at}`, `file ${at}.go\n`);
  return log.text;
}

test("the commands that compare hashes, and what they show", () => {
  project.write("1.log", hashLog("PYupDNmE_QBzMQBj_khl"));
  project.write("2.log", hashLog("zOl8BJ6hm_YJ5I6BS_Cw"));
  const next = "if test -e 1.log; then cat 1.log; rm 1.log; else cat 2.log; fi >&2";
  project.write("bin/go", `#!/bin/sh\n${next}\n`, 0o755);
  expect(project.sh(hashComparison)).toEqual({ code: 1, output: changedLines, errors: "" });
});

test("the commands that lint", () => {
  const { code, errors } = project.sh(lints);
  expect(errors).toContain("cacheprogw lint · ");
  expect(errors).toContain("✓ get/disk-path");
  expect(code).toBe(0);
});

test("the commands that replay are correct, and the first one replays", () => {
  expect(project.codesWithoutProgram(replays)).toEqual([5, 5, 5]);
  const [first = ""] = replays.split("\n");
  const { code, output, errors } = project.sh(first.replace("replay", "replay --json"));
  expect(errors).toMatch(/^ {2}hits +2 +2$/m);
  const { recorded, ...rest } = JSON.parse(output);
  const text = readFileSync(join(root, page), "utf8");
  expect(Object.keys({ ...rest, ...recorded }).filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  expect(code).toBe(0);
});

test("the script that lints and replays", () => {
  expect(project.ts(again)).toEqual({ code: 0, output: "lint: passed\nhits: 2 then, 2 now\n", errors: "" });
});

test("the script counts hits and misses", () => {
  expect(project.ts(script)).toEqual({ code: 0, output: "2 hits, 0 misses\n", errors: "" });
});

test("each field of the JSON of a report is in its table", () => {
  const text = readFileSync(join(root, page), "utf8");
  const missing = Object.keys(jsonReport(reportOn([before]))).filter((name) => !text.includes(`\`${name}\``));
  expect(missing).toEqual([]);
});

test("each block is run by a test", () => {
  expect([...otherCommands, ...otherTexts, ...otherScripts]).toEqual([]);
});
