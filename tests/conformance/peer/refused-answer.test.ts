import { expect, test } from "bun:test";
import { catalogue } from "../../../src/conformance/catalogue.ts";
import type { Report } from "../../../src/conformance/report.ts";
import { formats } from "../../../src/conformance/reports/formats.ts";
import { run } from "../../../src/conformance/runner/run.ts";
import { guardEachTest } from "../../client/guard.ts";
import { scripted } from "../../client/scripted.ts";

guardEachTest();

/** The suite's finding for a program whose hits have this literal as Time. */
function judge(time: string): Promise<Report> {
  const hit = `"OutputID":"q6s=","Size":1,"Time":${time},"DiskPath":"/a"`;
  const script = `hello(); for (const r of requests()) raw('{"ID":' + r.ID + ${JSON.stringify(`,${hit}}\n`)})`;
  return run(scripted(script), { checks: catalogue.filter(({ id }) => id === "get/miss") });
}

test("a finding that holds for some versions of Go names them, in every report", async () => {
  const versions = "go1.24 to go1.26 refuse it, other versions don't";
  const report = await judge('"2024-01-02T03:04:05\\u005a"');
  expect(report.results.map(({ verdict }) => verdict)).toEqual(["failed"]);
  expect(report.results[0]?.actual).toContain(versions);
  for (const [name, write] of Object.entries(formats)) {
    // The text report breaks lines.
    const text = (await write(report)).replace(/\s+/g, " ");
    const isNamed = /go1\.24 to go1\.26 refuse it, other versions don(’|'|&apos;|&#39;|'')t/.test(text);
    expect([name, isNamed]).toEqual([name, true]);
  }
});

test("a finding that holds for every version names none", async () => {
  const report = await judge('"2024-01-02T03:04:05Z+0530"');
  const [result] = report.results;
  expect(result?.actual).toContain("a time as in 2006-01-02T15:04:05Z for Time");
  expect(result?.actual).not.toContain("go1.");
});
