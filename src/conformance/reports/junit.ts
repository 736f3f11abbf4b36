import { xmlText } from "../../safe-text.ts";
import { fails, isUnexplained, type Report, type Result, stopSentence, titleOf } from "../report.ts";
import { groupOf } from "../select.ts";
import { findingText } from "./text.ts";

/**
 * A report as JUnit XML: a suite for each group of checks, times in seconds. It has a failure or an error if, and only
 * if, the run did not pass.
 */
export function junitReport(report: Report): string {
  const groups = Map.groupBy(report.results, ({ check }) => groupOf(check));
  const suites = [...groups].map(([group, results]) =>
    suite(
      group,
      results.map((result) => testCase(result, report)),
    ),
  );
  const about = aboutTheRun(report);
  if (about.length > 0) suites.push(suite("run", about));
  const cases = suites.flatMap((each) => each.cases);
  const whole = `${totals(cases)} time="${seconds(report.duration)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="${titleOf(report)}" ${whole}>
${suites.map(({ xml }) => xml).join("")}</testsuites>
`;
}

/** One test case, as its XML and what it adds to the totals. */
interface Case {
  readonly kind: "passed" | "failure" | "error" | "skipped";
  readonly time: number;
  readonly xml: string;
}

function suite(
  name: string,
  cases: readonly Case[],
): { readonly cases: readonly Case[]; readonly xml: string } {
  const time = cases.reduce((sum, each) => sum + each.time, 0);
  const body = cases.map(({ xml }) => xml).join("");
  const xml = `  <testsuite name="${xmlText(name)}" ${totals(cases)} time="${seconds(time)}">\n${body}  </testsuite>\n`;
  return { cases, xml };
}

function totals(cases: readonly Case[]): string {
  const count = (kind: Case["kind"]) => cases.filter((each) => each.kind === kind).length;
  return `tests="${cases.length}" failures="${count("failure")}" errors="${count("error")}" skipped="${count("skipped")}"`;
}

function testCase(result: Result, report: Report): Case {
  const { strict } = report;
  const { check, verdict, remark = "" } = result;
  const make = (kind: Case["kind"], message: string, text = "") =>
    newCase(kind, groupOf(check), check.id, result.duration, message, text);
  if (fails(result, strict))
    return make("failure", `${check.level}: ${check.requirement}`, findingText(result));
  switch (verdict) {
    case "failed":
      return make("skipped", "violated, but only a should: fails with --strict");
    case "known":
    case "flaky":
      return make("skipped", `${verdict === "known" ? "known" : "flaky"} failure${remark && `: ${remark}`}`);
    case "not applicable":
      return make("skipped", `not applicable: ${remark}`);
    case "not run":
      if (isUnexplained(result, report)) return make("failure", `not run: ${remark}`);
      if (result.blocked) return make("skipped", `not run: ${remark}`);
      return make(result.unreached ? "skipped" : "error", `could not run: ${remark}`);
    case "error":
      return make("error", "internal error (a bug in cacheprogw)", remark);
    default:
      return make("passed", "");
  }
}

/** What is wrong with the run as a whole. */
function aboutTheRun({ notStarted, stderr, stopped, stale, results }: Report): readonly Case[] {
  const make = (kind: Case["kind"], id: string, message: string, text = "") =>
    newCase(kind, "run", id, 0, message, text);
  const cases = stale.map(({ text }) => make("failure", "run/known-failures", text));
  if (notStarted !== undefined) cases.push(make("error", "run/start", notStarted, stderr?.join("\n")));
  if (stopped !== undefined) cases.push(make("error", "run/complete", stopSentence[stopped]));
  const isSilent = results.every(({ verdict }) => verdict === "not applicable");
  if (isSilent) cases.push(make("error", "run/any", "no check applies to this program"));
  return cases;
}

function newCase(
  kind: Case["kind"],
  group: string,
  name: string,
  time: number,
  message: string,
  text: string,
): Case {
  const head = `    <testcase name="${xmlText(name)}" classname="cacheprogw.${xmlText(group)}" time="${seconds(time)}"`;
  const detail = text === "" ? "/>" : `>${xmlText(text)}</${kind}>`;
  const xml =
    kind === "passed"
      ? `${head}/>\n`
      : `${head}><${kind} message="${xmlText(message)}"${detail}</testcase>\n`;
  return { kind, time, xml };
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}
