import { appendFile } from "node:fs/promises";
import type { Report } from "../conformance/report.ts";
import { type Format, formats } from "../conformance/reports/formats.ts";
import { markdownReport } from "../conformance/reports/markdown.ts";
import { Failure, systemReason, UsageError } from "./failure.ts";
import { print } from "./output.ts";
import { checkTarget, replaceFile } from "./replace-file.ts";
import { suggestion } from "./suggestion.ts";

/** A report that was asked for: its format, and the file that it goes to; stdout where there is none. */
export interface ReportTarget {
  readonly format: Format;
  readonly file: string | undefined;
}

/**
 * The reports that are asked for, each as FORMAT or FORMAT=FILE. A text for people goes to stderr in any case, and is
 * only among them where it goes to a file.
 *
 * @throws (rejects) {UsageError} for an unknown format, a file that is named twice, or two formats for stdout; {Failure}
 *   for a file that can not be written
 */
export async function reportTargets(values: readonly string[]): Promise<readonly ReportTarget[]> {
  const targets = values
    .map(parseTarget)
    .filter(({ format, file }) => format !== "text" || file !== undefined);
  const files = targets.flatMap(({ file }) => file ?? []);
  const twice = files.find((file, index) => files.indexOf(file) !== index);
  if (twice !== undefined) throw new UsageError(`two reports would go to ${twice}; expected a file for each`);
  const [first, second] = targets.filter(({ file }) => file === undefined);
  if (first !== undefined && second !== undefined) {
    throw new UsageError(
      `the reports ${first.format} and ${second.format} would both go to stdout; expected a file for one, as in --report ${second.format}=FILE`,
    );
  }
  for (const file of files) await checkTarget(file);
  return targets;
}

function parseTarget(value: string): ReportTarget {
  const at = value.indexOf("=");
  const name = at < 0 ? value : value.slice(0, at);
  const file = at < 0 ? undefined : value.slice(at + 1);
  const format = formatNames.find((each) => each === name);
  if (format === undefined) {
    const expected = `expected one of: ${formatNames.join(", ")}`;
    throw new UsageError(
      `there is no report ${JSON.stringify(name)}; ${expected}.${suggestion(name, formatNames)}`,
    );
  }
  if (file === "") throw new UsageError(`option --report ${value} names no file; expected ${format}=FILE`);
  return { format, file: file === "-" ? undefined : file };
}

const formatNames: readonly Format[] = ["text", "json", "junit", "tap", "github", "markdown"];

/** Writes the reports: those to files first, since a reader of stdout may have seen enough. */
export async function writeReports(targets: readonly ReportTarget[], report: Report): Promise<void> {
  const toFiles = targets.filter(({ file }) => file !== undefined);
  const toStdout = targets.filter(({ file }) => file === undefined);
  if (targets.some(({ format }) => format === "github")) await appendSummary(report);
  for (const { format, file } of [...toFiles, ...toStdout]) {
    const text = formats[format](report);
    if (file === undefined) await print(text);
    else await replaceFile(file, once(text));
  }
}

/** Adds to the page that GitHub shows of a workflow, where there is one. */
async function appendSummary(report: Report): Promise<void> {
  const { GITHUB_STEP_SUMMARY: file } = process.env;
  if (!file) return;
  try {
    await appendFile(file, markdownReport(report));
  } catch (cause) {
    throw new Failure(`can not write the summary ${file}: ${systemReason(cause)}`, { cause });
  }
}

/** A text as the body of a file. */
export async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
