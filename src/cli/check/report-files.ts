import type { Report } from "../../conformance/report.ts";
import { type Format, formats } from "../../conformance/reports/formats.ts";
import { markdownReport } from "../../conformance/reports/markdown.ts";
import { didYouMean } from "../../nearest.ts";
import { Failure, UsageError } from "../failure.ts";
import { checkTarget } from "../files/file-target.ts";
import { givenPath } from "../files/given-path.ts";
import { replaceFile, writeFile } from "../files/replace-file.ts";
import { print } from "../terminal/output.ts";

/** A report to write: its format, and its file; undefined is stdout. */
export interface ReportTarget {
  readonly format: Format;
  readonly file: string | undefined;
}

/**
 * Parses the values of --report: FORMAT or FORMAT=FILE. The text report always goes to stderr, so `text` without a file
 * adds nothing.
 *
 * @throws (rejects) {UsageError} for an unknown format, a file given twice, or two formats for stdout; {Failure} for a
 *   file that can't be written
 */
export async function reportTargets(values: readonly string[]): Promise<readonly ReportTarget[]> {
  const targets = values
    .map(parseTarget)
    .filter(({ format, file }) => format !== "text" || file !== undefined);
  const files = targets.flatMap(({ file }) => file ?? []);
  const twice = files.find((file, index) => files.indexOf(file) !== index);
  if (twice !== undefined) throw new UsageError(`two reports would go to ${twice}; give each its own file`);
  const [first, second] = targets.filter(({ file }) => file === undefined);
  if (first !== undefined && second !== undefined) {
    throw new UsageError(
      `the reports ${first.format} and ${second.format} would both go to stdout; write one to a file, as in --report ${second.format}=FILE`,
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
      `unknown report format ${JSON.stringify(name)}; ${expected}.${didYouMean(name, formatNames)}`,
    );
  }
  if (file === "") throw new UsageError(`option --report ${value} names no file; expected ${format}=FILE`);
  return {
    format,
    file: file === undefined || file === "-" ? undefined : givenPath(file, `report ${format}`),
  };
}

const formatNames: readonly Format[] = ["text", "json", "junit", "tap", "github", "markdown", "html"];

/**
 * Writes the reports and whatever else `files` writes. Files come first, since the reader of stdout may stop early. If one
 * fails, the others are still written.
 *
 * @throws (rejects) {Failure} if some couldn't be written; its message has each of them. {OutputClosed} if all files were
 *   written and the reader of stdout is gone
 */
export async function writeReports(
  targets: readonly ReportTarget[],
  report: Report,
  files: readonly (() => Promise<void>)[] = [],
): Promise<void> {
  const summary = targets.some(({ format }) => format === "github") ? [() => appendSummary(report)] : [];
  const toFiles = targets.flatMap(({ format, file }) =>
    file === undefined ? [] : [async () => replaceFile(file, once(await formats[format](report)))],
  );
  const toStdout = targets.flatMap(({ format, file }) =>
    file === undefined ? [async () => print(await formats[format](report))] : [],
  );
  await writeAll([...files, ...summary, ...toFiles, ...toStdout]);
}

/** Runs all writes, one after another, even if one fails. @throws (rejects) {Failure} with all failures */
async function writeAll(writes: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: Failure[] = [];
  let other: { readonly error: unknown } | undefined;
  for (const write of writes) {
    try {
      await write();
    } catch (error) {
      if (error instanceof Failure) failures.push(error);
      else other ??= { error };
    }
  }
  const [first, ...more] = failures;
  if (first !== undefined && more.length === 0) throw first;
  if (first !== undefined) throw new Failure(failures.map(({ message }) => message).join("; "));
  if (other !== undefined) throw other.error;
}

/** Appends to the step summary of GitHub Actions, if there is one. */
async function appendSummary(report: Report): Promise<void> {
  const { GITHUB_STEP_SUMMARY: file } = process.env;
  if (file) await writeFile(file, `the summary ${file}`, once(markdownReport(report)), "a");
}

/** A text as the body of a file. */
export async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
