import { fails, type Report, type Result, stopSentence } from "../report.ts";
import { findingText } from "./finding.ts";
import { legible } from "./legible.ts";

/** A report as TAP, version 14. It has a `not ok` without TODO if, and only if, the run was not passed. */
export function tapReport(report: Report): string {
  const points = [...report.results.map((result) => point(result, report)), ...aboutTheRun(report)];
  const numbered = points.map(([ok, text], index) => `${ok ? "ok" : "not ok"} ${index + 1} - ${text}\n`);
  return `TAP version 14\n1..${points.length}\n${numbered.join("")}`;
}

type Point = readonly [ok: boolean, text: string];

function point(result: Result, { strict }: Report): Point {
  const { check, verdict, remark = "" } = result;
  const { id, level } = check;
  if (fails(result, strict)) return [false, id + block({ level, finding: findingText(result) })];
  switch (verdict) {
    case "failed":
      return [false, `${id} # TODO ${level}${block({ level, finding: findingText(result) })}`];
    case "known":
    case "flaky":
      return [false, `${id} # TODO ${verdict} failure${remark && `: ${oneLine(remark)}`}`];
    case "not applicable":
      return [true, `${id} # SKIP ${oneLine(remark)}`];
    case "not run":
      if (result.unreached) return [true, `${id} # SKIP ${oneLine(remark)}`];
      return [false, id + block({ "could not run": remark })];
    case "error":
      return [false, id + block({ "mistake of the suite": remark })];
    default:
      return [true, id];
  }
}

/** What is wrong with the run as such. */
function aboutTheRun({ notStarted, stopped, stale, results }: Report): readonly Point[] {
  const points: Point[] = stale.map((text) => [false, `known failures: ${described(text)}`]);
  if (notStarted !== undefined) points.push([false, `start: ${described(notStarted)}`]);
  if (stopped !== undefined) points.push([false, `complete: ${described(stopSentence[stopped])}`]);
  if (results.every(({ verdict }) => verdict === "not applicable"))
    points.push([false, "any: no check is applicable"]);
  return points;
}

function oneLine(text: string): string {
  return legible(text).replace(/\s+/g, " ");
}

/** A description, in which a `#` would begin a directive. */
function described(text: string): string {
  return oneLine(text).replace(/[\\#]/g, "\\$&");
}

/** A block of YAML. What is a string in JSON is one in YAML, and one of many lines is easier to read as a block. */
function block(fields: Readonly<Record<string, string>>): string {
  const lines = Object.entries(fields).flatMap(([name, text]) => {
    if (!text.includes("\n")) return `${name}: ${JSON.stringify(text)}`;
    return [
      `${name}: |2-`,
      ...legible(text)
        .split("\n")
        .map((line) => `  ${line}`),
    ];
  });
  return `\n  ---\n${lines.map((line) => `  ${line}\n`).join("")}  ...`;
}
