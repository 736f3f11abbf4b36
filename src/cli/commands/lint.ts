import { isFailure, outcomeOf, type Report } from "../../conformance/report.ts";
import { textReport } from "../../conformance/reports/text.ts";
import type { Requirement } from "../../conformance/requirement.ts";
import { shellWords } from "../../conformance/sandbox/command-words.ts";
import { type Selection, select } from "../../conformance/select.ts";
import { ArgumentError } from "../../errors.ts";
import { lint as lintTraces } from "../../trace/lint/linter.ts";
import { requirements } from "../../trace/lint/rules.ts";
import { findTraces } from "../../trace/trace-files.ts";
import { exitCodes } from "../check/exit-codes.ts";
import { reportTargets, writeReports } from "../check/report-files.ts";
import type { Command, Input } from "../command.ts";
import { exit } from "../exit.ts";
import { UsageError } from "../failure.ts";
import { givenPath } from "../files/given-path.ts";
import { ourName } from "../process/ourselves.ts";
import { Screen } from "../terminal/screen.ts";

export const lint: Command = {
  name: "lint",
  summary: "Look for what goes against the protocol in the traffic of a recorded build.",
  synopsis: "[options] TRACE...",
  options: {
    only: { value: "ID", help: "look only at the checks that match ID; can be repeated" },
    skip: { value: "ID", help: "leave out the checks that match ID; can be repeated" },
    files: { help: "also look at the files that responses name, as far as they still exist" },
    strict: { help: "also fail on a violated should" },
    report: {
      value: "FORMAT[=FILE]",
      help: "write a report as json, junit, tap, github, markdown or html to stdout or FILE, or as text to FILE; can be repeated",
    },
    json: { help: "same as --report json" },
    quiet: { short: "q", help: "write only what failed to stderr, and nothing if nothing did" },
  },
  examples: [
    "cacheprogw lint build.jsonl",
    "cacheprogw lint --only 'get/*' --files traces/",
    "cacheprogw lint --json build.jsonl",
  ],
  details: `
TRACE is a trace file, or a directory of them. Each is the conversation of one go process with its cache program.

ID is the id of a check, a group such as put, or a pattern such as 'put/*'. The checks are those of cacheprogw check that
traffic can show, with the same ids and levels, and the group client: what go itself, or another client, has to do. A
check that nothing in the traces was about is not applicable. check finds more, because it asks for it.

With --files, a file that was changed after the recording is left out.

Findings go to stderr, reports to stdout or their files.
`,
  exitCodes: [
    [exit.ok, "at least one check applied, and none failed"],
    [exit.miss, "a check failed"],
    [exit.usage, "usage error; nothing was read"],
    [exit.failed, "a trace can't be read, or no check applied"],
    [exit.internal, "internal error (a bug in cacheprogw)"],
  ],
  operands: Number.POSITIVE_INFINITY,
  async run(input) {
    const { operands, options, program, values } = input;
    if (program !== undefined)
      throw new UsageError("lint reads traces and starts no program; remove -- and what follows it");
    if (operands.length === 0)
      throw new UsageError("no trace given; expected trace files, or directories of them");
    const { checks } = selectionOf(input);
    const formats = [...(values.get("report") ?? []), ...(options.has("json") ? ["json"] : [])];
    const targets = await reportTargets(formats);
    const files = await findTraces(operands.map((path) => givenPath(path, "TRACE")));
    const looksAtFiles = options.has("files");
    const rerun = ({ id }: Requirement) =>
      shellWords([...ourName(), "lint", "--only", id, ...(looksAtFiles ? ["--files"] : []), ...operands]);
    const report = await lintTraces(files, {
      only: checks,
      files: looksAtFiles,
      strict: options.has("strict"),
      rerun,
    });
    show(report, options.has("quiet"));
    await writeReports(targets, report);
    return exitCodes[outcomeOf(report)];
  },
};

function show(report: Report, isQuiet: boolean): void {
  const screen = new Screen();
  const failed = report.results.filter(isFailure);
  if (!isQuiet) screen.write(textReport(report, screen));
  else if (failed.length > 0) screen.write(textReport({ ...report, results: failed }, screen));
}

function selectionOf({ values }: Input): Selection<Requirement> {
  try {
    return select(
      { only: values.get("only") ?? [], skip: values.get("skip") ?? [], slow: true },
      requirements,
    );
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
}
