import { fails, type Report, type Result, stopSentence } from "../report.ts";
import { findingText } from "./finding.ts";

/**
 * A report as workflow commands of GitHub Actions: an error for each check that fails the run, and a warning for each
 * other that failed. The page's summary is {@link markdownReport}.
 */
export function githubReport(report: Report): string {
  const { results, strict, notStarted, stopped, stale } = report;
  const lines = results.flatMap((result) => annotation(result, strict) ?? []);
  if (notStarted !== undefined)
    lines.push(command("error", "cacheprogw: the program did not start", notStarted));
  if (stopped !== undefined) lines.push(command("error", "cacheprogw: incomplete", stopSentence[stopped]));
  for (const text of stale) lines.push(command("error", "cacheprogw: stale known failure", text));
  return lines.join("");
}

function annotation(result: Result, strict: boolean): string | undefined {
  const { check, verdict, remark = "" } = result;
  if (verdict === "failed") {
    const level = fails(result, strict) ? "error" : "warning";
    return command(level, `${check.id} (${check.level})`, findingText(result));
  }
  if (verdict === "error") return command("error", `${check.id}: a mistake of the suite`, remark);
  if (verdict === "not run" && !result.unreached)
    return command("error", `${check.id}: could not run`, remark);
  return undefined;
}

/** Source: docs.github.com, Workflow commands for GitHub Actions; escapes as in actions/toolkit */
function command(level: "error" | "warning", title: string, message: string): string {
  const data = message.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  const property = title
    .replaceAll("%", "%25")
    .replace(/[\r\n]/g, " ")
    .replaceAll(":", "%3A")
    .replaceAll(",", "%2C");
  return `::${level} title=${property}::${data}\n`;
}
