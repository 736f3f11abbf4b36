import { resolve } from "node:path";
import { readBuildIDs } from "../../trace/report/build-ids.ts";
import { jsonReport } from "../../trace/report/json.ts";
import { markdownReport } from "../../trace/report/markdown.ts";
import type { NamedTrace } from "../../trace/report/named.ts";
import { perfettoFile } from "../../trace/report/perfetto.ts";
import { type Report, ReportBuilder } from "../../trace/report/report.ts";
import { textReport } from "../../trace/report/text/text.ts";
import { loadTrace } from "../../trace/trace.ts";
import { findTraces } from "../../trace/trace-files.ts";
import type { Command } from "../command.ts";
import { exit } from "../exit.ts";
import { UsageError } from "../failure.ts";
import { checkTarget } from "../files/file-target.ts";
import { givenPath } from "../files/given-path.ts";
import { replaceFile } from "../files/replace-file.ts";
import { writePage } from "../files/trace-page.ts";
import { print, printJSON } from "../terminal/output.ts";
import { loadNamed } from "../trace/load-named.ts";

export const report: Command = {
  name: "report",
  summary: "Show what a build asked its cache, from traces of it.",
  synopsis: "[options] TRACE...",
  options: {
    output: {
      value: "FILE",
      short: "o",
      help: "write a page to FILE: HTML, for any browser, with a timeline and all requests",
    },
    json: { help: "print one line of JSON; src/trace/README.md describes it" },
    markdown: { help: "print a report as Markdown, for the summary of a CI job or an issue" },
    perfetto: {
      value: "FILE",
      help: "write a timeline to FILE, for ui.perfetto.dev: Chrome's trace format, with the clock of go's -debug-trace",
    },
  },
  examples: [
    "cacheprogw report build.jsonl",
    "cacheprogw report -o build.html build.jsonl",
    "cacheprogw report --perfetto timeline.json traces/",
    "cacheprogw report --json before.jsonl after.jsonl",
  ],
  details: `
TRACE is a trace file, or a directory of them. Each go process has a trace of its own; give all traces of a build together.
With traces of several builds of the same cache program, the report also shows what missed although an earlier one had put
it.

Requests in flight at the same time count each in the sums of latencies. A finding is one of:
  wrong     a build may fail, or make something wrong
  slow      it costs time that can be saved
  note      good to know; often there is nothing to do

A timeline and the one of go build -debug-trace=go.json make one file:
  jq -s add go.json timeline.json > both.json
`,
  operands: Number.POSITIVE_INFINITY,
  async run({ options, operands, program }) {
    if (program !== undefined)
      throw new UsageError("report reads traces and starts no program; remove -- and what follows it");
    if (operands.length === 0)
      throw new UsageError("no trace given; expected trace files, or directories of them");
    if (options.has("json") && options.has("markdown"))
      throw new UsageError("--json and --markdown would both go to stdout; expected one of them");
    const [page, timeline] = [await fileOf(options, "output"), await fileOf(options, "perfetto")];
    if (page !== undefined && page === timeline)
      throw new UsageError(`the page and the timeline would both go to ${page}; give each its own file`);
    const files = await findTraces(operands.map((path) => givenPath(path, "TRACE")));
    for (const file of [page, timeline])
      if (file !== undefined && files.some((trace) => resolve(trace) === resolve(file)))
        throw new UsageError(`${file} is one of the traces; expected another file to write to`);
    if (timeline !== undefined) await replaceFile(timeline, encoded(perfettoFile(named(files))));
    if (page !== undefined) await writePage(await Promise.all(files.map((file) => loadTrace(file))), page);
    const isOnlyFile = page !== undefined || timeline !== undefined;
    if (!isOnlyFile || options.has("json") || options.has("markdown"))
      await show(await reportOnFiles(files), options);
    return exit.ok;
  },
};

/** The file of an option, which can be written. */
async function fileOf(options: ReadonlyMap<string, string>, name: string): Promise<string | undefined> {
  const path = options.get(name);
  if (path === undefined) return undefined;
  const target = givenPath(path, `--${name}`);
  await checkTarget(target);
  return target;
}

async function show(found: Report, options: ReadonlyMap<string, string>): Promise<void> {
  if (options.has("json")) return printJSON(jsonReport(found));
  return print(options.has("markdown") ? markdownReport(found) : textReport(found));
}

/** One trace at a time is in memory. */
async function reportOnFiles(files: readonly string[]): Promise<Report> {
  const builder = new ReportBuilder();
  for await (const trace of named(files)) builder.add({ ...trace, buildIDs: readBuildIDs(trace) });
  return builder.report;
}

async function* named(files: readonly string[]): AsyncGenerator<NamedTrace, void, undefined> {
  for (const file of files) yield await loadNamed(file);
}

async function* encoded(parts: AsyncIterable<string>): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = new TextEncoder();
  let text = "";
  for await (const part of parts) {
    text += part;
    if (text.length < 65_536) continue;
    yield encoder.encode(text);
    text = "";
  }
  yield encoder.encode(text);
}
