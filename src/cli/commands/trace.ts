import { writeStderr } from "../../stderr.ts";
import { readBuildIDs } from "../../trace/report/build-ids.ts";
import { ReportBuilder } from "../../trace/report/report.ts";
import { summaryLines } from "../../trace/report/text/text.ts";
import type { Trace } from "../../trace/trace.ts";
import { findTraces } from "../../trace/trace-files.ts";
import { reason } from "../../trouble.ts";
import type { Command } from "../command.ts";
import { UsageError } from "../failure.ts";
import { checkTarget } from "../files/file-target.ts";
import { writePage } from "../files/trace-page.ts";
import { endAs, type ProcessEnd } from "../process/end-as.ts";
import { isVariable } from "../process/given-program.ts";
import { tell } from "../terminal/output.ts";
import { recordedEnvironment } from "../trace/environment.ts";
import { loadNamed } from "../trace/load-named.ts";
import { runBuild } from "../trace/run-build.ts";
import { TracesFolder } from "../trace/traces-folder.ts";

export const trace: Command = {
  name: "trace",
  summary: "Run a build, and show what it asked its cache.",
  synopsis: "[options] -- COMMAND [ARG...]",
  options: {
    output: { value: "FILE", short: "o", help: "write the page to FILE (default: beside the traces)" },
    traces: { value: "DIR", help: "write the traces to DIR (default: a new folder in TMPDIR)" },
  },
  examples: ["cacheprogw trace -- go build ./...", "cacheprogw trace -o build.html -- make test"],
  details: `
COMMAND is anything that runs go: a build, a test, make, a script. Each go process that it starts gets a trace of what it
asks its cache: see cacheprogw record. When COMMAND has ended, a summary of all traces goes to stderr, and everything
else to a page, which needs only a browser. What COMMAND prints, its exit code and signals are as without cacheprogw.

The cache is the program in GOCACHEPROG, or go's own if that isn't set. So the first trace of a build shows the cache
that you have.

So that requests get the names of packages, GOFLAGS gets -debug-actiongraph. It changes nothing that go builds. If you
have set it yourself, there or on the command line, your file is used.

The traces stay; other commands read them: report, diff, lint, replay.
`,
  operands: Number.POSITIVE_INFINITY,
  async run({ options, operands, program }) {
    if (operands.length > 0) {
      const given = [...operands, ...(program ?? [])].join(" ");
      throw new UsageError(`the command comes after --, as in: cacheprogw trace -- ${given}`);
    }
    const [first] = program ?? [];
    if (program === undefined || first === undefined)
      throw new UsageError("no command to run; expected: -- COMMAND [ARG...]");
    const words = isVariable(first) ? ["env", ...program] : program;
    const page = options.get("output");
    if (page !== undefined) await checkTarget(page);
    const folder = new TracesFolder(options.get("traces"));
    const end = await runAndShow(folder, words, page ?? folder.free("build", "html")).finally(() =>
      folder.clean(),
    );
    return endAs(end);
  },
};

async function runAndShow(folder: TracesFolder, words: readonly string[], page: string): Promise<ProcessEnd> {
  const end = await runBuild(words, recordedEnvironment(folder.path));
  await show(folder, page).catch((error) => {
    tell(`the build has ended, but its traces can't be shown: ${reason(error)}`);
  });
  return end;
}

/** Shows what the traces say. @throws (rejects) if they can't be read, or the page can't be written */
async function show(folder: TracesFolder, page: string): Promise<void> {
  const files = await folder.complete();
  if (files.length === 0) {
    tell("no go command asked its cache; only go 1.24 and newer can tell what they ask");
    return;
  }
  const traces: Trace[] = [];
  const builder = new ReportBuilder();
  for (const file of await findTraces(files)) {
    const named = await loadNamed(file);
    traces.push(named.trace);
    builder.add({ ...named, buildIDs: readBuildIDs(named) });
  }
  writeStderr(`${summaryLines(builder.report, process.stderr.columns || undefined).join("\n")}\n`);
  await writePage(traces, page);
  tell(`the page is ${page}, the traces are in ${folder.path}`);
}
