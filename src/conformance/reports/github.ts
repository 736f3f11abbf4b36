import { commandData, commandProperty } from "../../safe-text.ts";
import { byImportance, fails, notRunReasons, type Report, type Result, stopSentence } from "../report.ts";
import { findingText } from "./finding.ts";

/** So many errors, and so many warnings, GitHub shows of a step: the first ones. */
const mostShown = 10;

interface Annotation {
  readonly title: string;
  readonly message: string;
  readonly place?: { readonly file: string; readonly line: number } | undefined;
}

/**
 * A report as workflow commands of GitHub Actions: an error for each check that fails the run, and a warning for each
 * other that failed, the most important first. The page's summary is {@link markdownReport}.
 */
export function githubReport(report: Report): string {
  const { results, strict, notStarted, stopped, stale } = report;
  const failed = byImportance(results, strict).filter(({ verdict }) => verdict === "failed");
  const mistakes = results.filter(({ verdict }) => verdict === "error");
  const errors: Annotation[] = [
    ...(notStarted === undefined
      ? []
      : [{ title: "cacheprogw: the program did not start", message: notStarted }]),
    ...mistakes.map(({ check, remark = "" }) => ({
      title: `${check.id}: a mistake of the suite`,
      message: remark,
    })),
    ...failed.filter((result) => fails(result, strict)).map(finding),
    ...stale.map(({ text, file, line }) => ({
      title: "cacheprogw: stale known failure",
      message: text,
      place: file === undefined ? undefined : { file, line },
    })),
    ...couldNotRun(results),
    ...(stopped === undefined ? [] : [{ title: "cacheprogw: incomplete", message: stopSentence[stopped] }]),
  ];
  const warnings = failed.filter((result) => !fails(result, strict)).map(finding);
  return [...commands("error", errors), ...commands("warning", warnings)].join("");
}

function finding(result: Result): Annotation {
  return { title: `${result.check.id} (${result.check.level})`, message: findingText(result) };
}

/** All that could not run, as one. */
function couldNotRun(results: readonly Result[]): readonly Annotation[] {
  const reasons = notRunReasons(results);
  if (reasons.length === 0) return [];
  const count = reasons.reduce((sum, { ids }) => sum + ids.length, 0);
  const message = reasons.map(({ reason, ids }) => `${reason}: ${ids.join(", ")}`).join("\n");
  return [{ title: `cacheprogw: ${count === 1 ? "1 check" : `${count} checks`} could not run`, message }];
}

/** Where there are more than are shown, the last that is shown names the others. */
function commands(level: "error" | "warning", annotations: readonly Annotation[]): readonly string[] {
  const lines = annotations.map((each) => command(level, each));
  if (lines.length <= mostShown) return lines;
  const others = annotations.slice(mostShown - 1);
  const more = {
    title: `cacheprogw: ${others.length} more`,
    message: others.map(({ title }) => title).join("\n"),
  };
  return lines.toSpliced(mostShown - 1, 0, command(level, more));
}

/** Source: docs.github.com, Workflow commands for GitHub Actions */
function command(level: "error" | "warning", { title, message, place }: Annotation): string {
  const where = place === undefined ? "" : `file=${commandProperty(place.file)},line=${place.line},`;
  return `::${level} ${where}title=${commandProperty(title)}::${commandData(message)}\n`;
}
