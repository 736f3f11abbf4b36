import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outcomeOf } from "../../../src/conformance/report.ts";
import { formats } from "../../../src/conformance/reports/formats.ts";
import { IDSet } from "../../../src/trace/lint/id-set.ts";
import { lint } from "../../../src/trace/lint/linter.ts";
import { Recent } from "../../../src/trace/lint/recent.ts";
import { id, sha256, start, Traffic } from "../traffic.ts";

const folder = mkdtempSync(join(tmpdir(), "cacheprogw-lint-"));
afterAll(() => rmSync(folder, { recursive: true }));

function fine(): Traffic {
  const traffic = new Traffic();
  traffic.miss(traffic.get(id(1)));
  return traffic.end();
}

test("several traces are one report, and each is a conversation of its own", async () => {
  const bad = new Traffic();
  bad.miss(bad.get(id(1))).add({ kind: "response", id: 1, miss: true });
  bad.add({ kind: "response", id: 1, miss: true });
  const report = await lint([fine(), bad, fine()].map(({ text }) => new Blob([text])));
  expect(report).toMatchObject({ title: "cacheprogw lint", command: ["./cache"], dialect: "go1.26.8" });
  expect(report.results.filter(({ verdict }) => verdict === "failed")).toMatchObject([
    {
      check: { id: "answers/once", level: "must" },
      actual: "a second one to request 1; 2 times in all",
      wire: [expect.stringContaining("the trace, 0.000040 s"), `← {"ID":1,"Miss":true}`],
    },
  ]);
  expect(outcomeOf(report)).toBe("failed");
  expect(outcomeOf(await lint([new Blob([fine().text])]))).toBe("passed");
  expect(outcomeOf(await lint([]))).toBe("incomplete");
});

test("the messages of a finding are shown as on the wire", async () => {
  const traffic = new Traffic();
  traffic.hit(traffic.get(id(1)), sha256("a"), 5, { path: "x" });
  const report = await lint([new Blob([traffic.end().text])]);
  const result = report.results.find(({ check }) => check.id === "file/absolute");
  const output = Uint8Array.fromHex(sha256("a")).toBase64();
  expect(result?.wire?.slice(1)).toEqual([
    `→ {"ID":1,"Command":"get","ActionID":"${Uint8Array.fromHex(id(1)).toBase64()}"}`,
    `← {"ID":1,"OutputID":"${output}","Size":5,"Time":"2026-11-26T09:00:00Z","DiskPath":"x"}`,
  ]);
});

test("foreign text is cut, and a version is one", async () => {
  const traffic = new Traffic();
  const long = "x".repeat(100_000);
  traffic.add({ kind: "response", id: traffic.put(id(1), sha256("a"), 5), error: long });
  const text = traffic.end().text.replace('"go1.26.8"', '"go1\\n::error::x"');
  const report = await lint([new Blob([text])]);
  expect(report.dialect).toBe("go");
  const result = report.results.find(({ check }) => check.id === "put/answer");
  expect([result?.actual, ...(result?.wire ?? [])].join().length).toBeLessThan(40_000);
});

test("a report can be written in each format, under the name of lint", async () => {
  const traffic = new Traffic();
  traffic.hit(traffic.get(id(1)), sha256("a"), 5, { path: "x" });
  const report = await lint([new Blob([traffic.end().text])]);
  const texts: (readonly [string, string])[] = [];
  for (const [name, write] of Object.entries(formats)) texts.push([name, await write(report)]);
  for (const [name, text] of texts)
    expect([name, text]).toEqual([name, expect.stringContaining("file/absolute")]);
  const [, text = ""] = texts.find(([name]) => name === "text") ?? [];
  expect(text).toMatch(/^cacheprogw lint · the trace · as go1\.26\.8 · \d+ checks\n/);
  expect(text).not.toContain("Stderr");
  expect(text).not.toContain("Rerun");
  expect(text).toMatch(/✓ handshake\/once\n/);
  expect(formats.junit(report)).toContain(`<testsuites name="cacheprogw lint"`);
  expect(formats.markdown(report)).toContain("### cacheprogw lint: failed");
});

describe("with files,", () => {
  const [body, empty] = ["a body", ""];
  /** Names the file of a body in a hit and in the response to a put. */
  async function verdicts(files: Readonly<Record<string, string>>): Promise<Record<string, string>> {
    const traffic = new Traffic();
    const path = (name: string) => join(folder, name);
    traffic.hit(traffic.get(id(1)), sha256(body), 6, { path: path("hit") });
    traffic.stored(traffic.put(id(2), sha256(body), 6), path("put"));
    traffic.stored(traffic.put(id(3), sha256(empty), 0), path("empty"));
    traffic.end();
    for (const name of ["hit", "put", "empty"]) rmSync(path(name), { force: true });
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(path(name), text);
      utimesSync(path(name), new Date(start.time), new Date(name === "later" ? Date.now() : start.time));
    }
    if ("hit" in files) chmodSync(path("hit"), 0o555);
    const report = await lint([new Blob([traffic.text])], { files: true });
    const those = report.results.filter(({ check }) =>
      ["get/file", "get/content", "put/complete", "put/empty-body", "file/readable"].includes(check.id),
    );
    const infos = report.results.filter(({ check }) => /^file\/(?:after-close|executable)$/.test(check.id));
    return Object.fromEntries([
      ...those.map(({ check, verdict }) => [check.id, verdict]),
      ...infos.map(({ check, remark = "" }) => [check.id, remark]),
    ]);
  }

  test("those that hold what they should are fine", async () => {
    expect(await verdicts({ hit: body, put: body, empty })).toEqual({
      "get/file": "passed",
      "get/content": "passed",
      "put/complete": "passed",
      "put/empty-body": "passed",
      "file/readable": "passed",
      "file/after-close": "3 of 3 files still exist",
      "file/executable": "1 of 3 files are executable",
    });
  });

  test("those that are gone say nothing", async () => {
    expect(await verdicts({})).toMatchObject({
      "get/file": "not applicable",
      "put/complete": "not applicable",
      "file/after-close": "0 of 3 files still exist",
    });
  });

  test("those with other content or of another length are found", async () => {
    expect(await verdicts({ hit: "a BODY", put: "a bod", empty: "x" })).toMatchObject({
      "get/file": "passed",
      "get/content": "failed",
      "put/complete": "failed",
      "put/empty-body": "failed",
    });
    expect(await verdicts({ hit: "a" })).toMatchObject({ "get/file": "failed" });
  });

  test("a file that was changed after the recording says nothing", async () => {
    const traffic = new Traffic();
    const path = join(folder, "later");
    traffic.hit(traffic.get(id(1)), sha256(body), 6, { path });
    writeFileSync(path, "other");
    utimesSync(path, new Date(), new Date(Date.parse(start.time) + 60_000));
    const report = await lint([new Blob([traffic.end().text])], { files: true });
    expect(report.results.find(({ check }) => check.id === "get/content")?.verdict).toBe("not applicable");
  });
});

test("a set of IDs has what was added, in any order; a map forgets the oldest keys", () => {
  const ids = new IDSet();
  for (const each of [1, 3, 2, 9, 2n ** 60n]) ids.add(each);
  expect(ids.upTo).toBe(3);
  expect([1, 2, 3, 9, 2n ** 60n].every((each) => ids.has(each))).toBe(true);
  expect([0, -1, 4, 8, 10, 2n ** 61n].some((each) => ids.has(each))).toBe(false);

  const recent = new Recent<number>(2);
  for (const [value, key] of ["a", "b", "a", "c"].entries()) recent.set(key, value);
  expect(["a", "b", "c"].map((key) => recent.get(key))).toEqual([2, undefined, 3]);
});
