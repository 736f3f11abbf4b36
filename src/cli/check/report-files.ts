import type { Report } from "../../conformance/report.ts";
import { type Format, formats } from "../../conformance/reports/formats.ts";
import { markdownReport } from "../../conformance/reports/markdown.ts";
import { suggestion } from "../arguments/suggestion.ts";
import { Failure, UsageError } from "../failure.ts";
import { checkTarget } from "../files/file-target.ts";
import { givenPath } from "../files/given-path.ts";
import { replaceFile, writeFile } from "../files/replace-file.ts";
import { print } from "../terminal/output.ts";

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
  return {
    format,
    file: file === undefined || file === "-" ? undefined : givenPath(file, `report ${format}`),
  };
}

const formatNames: readonly Format[] = ["text", "json", "junit", "tap", "github", "markdown"];

/**
 * Writes the reports, and whatever else `files` writes: those to files first, since a reader of stdout may have seen
 * enough. One that can't be written costs none of the others.
 *
 * @throws (rejects) {Failure} where some could not be written, with each of them and why; {OutputClosed} where all
 *   files are written and nobody reads stdout
 */
export async function writeReports(
  targets: readonly ReportTarget[],
  report: Report,
  files: readonly (() => Promise<void>)[] = [],
): Promise<void> {
  const summary = targets.some(({ format }) => format === "github") ? [() => appendSummary(report)] : [];
  const toFiles = targets.flatMap(({ format, file }) =>
    file === undefined ? [] : [() => replaceFile(file, once(formats[format](report)))],
  );
  const toStdout = targets.flatMap(({ format, file }) =>
    file === undefined ? [() => print(formats[format](report))] : [],
  );
  await writeAll([...files, ...summary, ...toFiles, ...toStdout]);
}

/** Does one after another, each whatever becomes of the others. @throws (rejects) {Failure} the failures of all */
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

/** Adds to the page that GitHub shows of a workflow, where there is one. */
async function appendSummary(report: Report): Promise<void> {
  const { GITHUB_STEP_SUMMARY: file } = process.env;
  if (file) await writeFile(file, `the summary ${file}`, once(markdownReport(report)), "a");
}

/** A text as the body of a file. */
export async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
