import { commandData, commandProperty } from "../../safe-text.ts";
import {
  byImportance,
  fails,
  isUnexplained,
  notRunReasons,
  type Report,
  type Result,
  stopSentence,
} from "../report.ts";
import { findingText } from "./text.ts";

type Level = "error" | "warning" | "notice";

/** GitHub shows this many errors, warnings and notices of each step: the first ones of each kind. */
const mostShown = 10;

interface Annotation {
  readonly title: string;
  readonly message: string;
  readonly place?: { readonly file: string; readonly line: number } | undefined;
}

/**
 * A report as workflow commands of GitHub Actions, the most important first: an error for each check that fails the run,
 * a warning for each other failure, and one notice for all checks that were not run because others failed. The job
 * summary is {@link markdownReport}.
 */
export function githubReport(report: Report): string {
  const { results, strict, notStarted, stopped, stale, lacking = [] } = report;
  const failed = byImportance(results, strict).filter(({ verdict }) => verdict === "failed");
  const internalErrors = results.filter(({ verdict }) => verdict === "error");
  const errors: Annotation[] = [
    ...(notStarted === undefined
      ? []
      : [{ title: "cacheprogw: the program did not start", message: notStarted }]),
    ...internalErrors.map(({ check, remark = "" }) => ({
      title: `${check.id}: internal error`,
      message: remark,
    })),
    ...failed.filter((result) => fails(result, strict)).map(finding),
    ...stale.map(({ text, file, line }) => ({
      title: "cacheprogw: stale known failure",
      message: text,
      place: file === undefined ? undefined : { file, line },
    })),
    ...notRun(
      "were not run",
      results.filter((result) => isUnexplained(result, report)),
    ),
    ...notRun(
      "could not run",
      results.filter(({ blocked }) => !blocked),
    ),
    ...(stopped === undefined ? [] : [{ title: "cacheprogw: incomplete", message: stopSentence[stopped] }]),
  ];
  const warnings = [
    ...failed.filter((result) => !fails(result, strict)).map(finding),
    ...lacking.map((message) => ({ title: "cacheprogw: this machine", message })),
  ];
  const notices = notRun(
    "were not run",
    results.filter((result) => result.blocked && !isUnexplained(result, report)),
  );
  return [
    ...commands("error", errors),
    ...commands("warning", warnings),
    ...commands("notice", notices),
  ].join("");
}

function finding(result: Result): Annotation {
  return { title: `${result.check.id} (${result.check.level})`, message: findingText(result) };
}

/** One annotation for all checks that were not run. */
function notRun(how: string, results: readonly Result[]): readonly Annotation[] {
  const reasons = notRunReasons(results);
  if (reasons.length === 0) return [];
  const all = reasons.flatMap((each) => each.results);
  const message = reasons
    .map((each) => `${each.reason}: ${each.results.map(({ check }) => check.id).join(", ")}`)
    .join("\n");
  const title = all.length === 1 ? `1 check ${how.replace("were", "was")}` : `${all.length} checks ${how}`;
  return [{ title: `cacheprogw: ${title}`, message }];
}

/** Writes the commands. If there are more than GitHub shows, the last shown one lists the rest. */
function commands(level: Level, annotations: readonly Annotation[]): readonly string[] {
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
function command(level: Level, { title, message, place }: Annotation): string {
  const where = place === undefined ? "" : `file=${commandProperty(place.file)},line=${place.line},`;
  return `::${level} ${where}title=${commandProperty(title)}::${commandData(message)}\n`;
}
