import { tapText, yamlLines } from "../../safe-text.ts";
import { fails, isUnexplained, type Report, type Result, stopSentence } from "../report.ts";
import { findingText } from "./text.ts";

/** A report as TAP, version 14. It has a `not ok` without TODO if, and only if, the run did not pass. */
export function tapReport(report: Report): string {
  const points = [...report.results.map((result) => point(result, report)), ...aboutTheRun(report)];
  const numbered = points.map(([ok, text], index) => `${ok ? "ok" : "not ok"} ${index + 1} - ${text}\n`);
  return `TAP version 14\n1..${points.length}\n${numbered.join("")}`;
}

type Point = readonly [ok: boolean, text: string];

function point(result: Result, report: Report): Point {
  const { strict } = report;
  const { check, verdict, remark = "" } = result;
  const { level } = check;
  const id = tapText(check.id);
  const finding = () => block({ level, finding: findingText(result) });
  if (fails(result, strict)) return [false, id + finding()];
  switch (verdict) {
    case "failed":
      return [false, `${id} # TODO ${level}${finding()}`];
    case "known":
    case "flaky":
      return [false, `${id} # TODO ${verdict} failure${remark && `: ${tapText(remark)}`}`];
    case "not applicable":
      return [true, `${id} # SKIP ${tapText(remark)}`];
    case "not run":
      if (isUnexplained(result, report)) return [false, id + block({ "not run": remark })];
      if (result.unreached || result.blocked) return [true, `${id} # SKIP ${tapText(remark)}`];
      return [false, id + block({ "could not run": remark })];
    case "error":
      return [false, id + block({ "internal error": remark })];
    default:
      return [true, id];
  }
}

/** What is wrong with the run as a whole. */
function aboutTheRun({ notStarted, stopped, stale, results }: Report): readonly Point[] {
  const points: Point[] = stale.map(({ text }) => [false, `known failures: ${tapText(text)}`]);
  if (notStarted !== undefined) points.push([false, `start: ${tapText(notStarted)}`]);
  if (stopped !== undefined) points.push([false, `complete: ${tapText(stopSentence[stopped])}`]);
  if (results.every(({ verdict }) => verdict === "not applicable"))
    points.push([false, "any: no check applies to this program"]);
  return points;
}

function block(fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields).flatMap(([name, text]) => yamlLines(name, text));
  return `\n  ---\n${lines.map((line) => `  ${line}\n`).join("")}  ...`;
}
