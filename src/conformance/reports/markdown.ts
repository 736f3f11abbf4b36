import type { Check } from "../check.ts";
import { linkOf } from "../link.ts";
import {
  countsOf,
  countWords,
  fails,
  type Outcome,
  outcomeOf,
  type Report,
  type Result,
  stopSentence,
} from "../report.ts";
import { findingText, goBriefly } from "./finding.ts";
import { duration } from "./legible.ts";

const outcomeWords: Readonly<Record<Outcome, string>> = {
  passed: "passed",
  failed: "failed",
  incomplete: "incomplete",
  "not started": "did not start",
  error: "a mistake of the suite itself",
};

/** A report for a README, an issue, or the summary of a workflow: what it comes to, and a row for each check. */
export function markdownReport(report: Report): string {
  const { results, notStarted, stopped, stale, strict } = report;
  const words = countWords(countsOf(report)).map(([, text]) => text);
  const notes = [
    ...(notStarted === undefined ? [] : [`The program could not be asked anything: ${prose(notStarted)}`]),
    ...(stopped === undefined ? [] : [stopSentence[stopped]]),
    ...stale.map((text) => `Stale known failure: ${prose(text)}`),
  ];
  const rows = results.filter(({ unreached }) => !unreached).map((result) => row(result, strict));
  const table = rows.length === 0 ? "" : `| | check | level | |\n|---|---|---|---|\n${rows.join("")}\n`;
  const details = results.filter(({ verdict }) => verdict === "failed" || verdict === "error").map(detail);
  return `### cacheprogw check: ${outcomeWords[outcomeOf(report)]}

${code(report.name)} as ${report.dialect}: ${words.join(" · ")}, in ${duration(report.duration)}

${notes.map((note) => `${note}\n\n`).join("")}${table}${details.join("")}`;
}

/** The list of checks as a table. */
export function markdownChecks(checks: readonly Check[]): string {
  const rows = checks.map((check) => {
    const { id, level, sentence, go, slow } = check;
    const link = linkOf(check.basis);
    const name = link === undefined ? code(id) : `[${code(id)}](${link})`;
    return `| ${name} | ${level}${slow ? ", slow" : ""} | ${cell(sentence)} | ${cell(go.text)} |\n`;
  });
  return `| check | level | what is required | where it is broken |\n|---|---|---|---|\n${rows.join("")}`;
}

function row(result: Result, strict: boolean): string {
  const { check, verdict, remark = "", expected = "", actual = "" } = result;
  const mark = {
    passed: "✅",
    info: "ℹ️",
    known: "☑️",
    flaky: "☑️",
    "not applicable": "➖",
    "not run": "❔",
    error: "💥",
  };
  const sign = verdict === "failed" ? (fails(result, strict) ? "❌" : "⚠️") : mark[verdict];
  const failure = `expected ${expected}; actual: ${actual}`;
  const text = {
    passed: remark,
    info: remark || actual,
    failed: `${goBriefly[check.go.outcome]}: ${failure}`,
    known: `known failure${remark && `: ${remark}`}`,
    flaky: `flaky failure${remark && `: ${remark}`}`,
    "not applicable": `not applicable: ${remark}`,
    "not run": `could not run: ${remark}`,
    error: "a mistake of the suite itself",
  }[verdict];
  return `| ${sign} | ${code(check.id)} | ${check.level} | ${cell(text)} |\n`;
}

function detail(result: Result): string {
  const text = result.verdict === "error" ? (result.remark ?? "") : findingText(result);
  return `<details><summary><code>${result.check.id}</code></summary>\n\n${block(text)}\n</details>\n\n`;
}

/** A text as it is, in a fence that is longer than any within it. */
function block(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}\n`;
}

function code(text: string): string {
  const flat = text.replace(/\s+/g, " ");
  if (!flat.includes("`")) return `\`${flat}\``;
  const longest = Math.max(...[...flat.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence} ${flat} ${fence}`;
}

/** A text in which nothing is markup. */
function prose(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>|#~]/g, "\\$&");
}

/** The same in a table, cut to what one reads there. */
function cell(text: string): string {
  return prose(text.length > 300 ? `${text.slice(0, 299)}…` : text);
}
