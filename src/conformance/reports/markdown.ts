import { markdownBlock, markdownCode, oneLine } from "../../safe-text.ts";
import {
  byImportance,
  countsOf,
  countWords,
  fails,
  goOf,
  headline,
  type NotRun,
  notRunReasons,
  type Report,
  type Result,
  stopSentence,
  titleOf,
} from "../report.ts";
import type { Requirement } from "../requirement.ts";
import { duration } from "./duration.ts";
import { linkOf } from "./link.ts";
import { findingText, goBriefly } from "./text.ts";

/** The longest text of all findings, in characters. All steps that write to a GitHub job summary share 1 MiB. */
const mostDetails = 256 * 1024;

/**
 * A report for a README, an issue or a workflow summary: the outcome, then what went wrong, the most important first,
 * then the rest, folded.
 */
export function markdownReport(report: Report): string {
  const { results, notStarted, stopped, stale, strict } = report;
  const words = countWords(countsOf(report)).map(([, text]) => text);
  const notes = [
    ...(notStarted === undefined ? [] : [`The program failed the handshake: ${markdownCode(notStarted)}`]),
    ...(stopped === undefined ? [] : [stopSentence[stopped]]),
    ...(report.lacking ?? []).map(markdownCode),
    ...stale.map(({ text }) => `Stale known failure: ${markdownCode(text)}`),
  ];
  const failed = byImportance(results, strict).filter(isTrouble);
  const wrong = [...failed.map((result) => row(result, strict)), ...notRunReasons(results).map(notRunRow)];
  const fine = results.filter((result) => !isTrouble(result) && result.verdict !== "not run");
  return `### ${titleOf(report)}: ${headline(report)}

${markdownCode(report.name)} as ${report.dialect}: ${words.join(" · ")}, in ${duration(report.duration)}

${notes.map((note) => `${note}\n\n`).join("")}${table(wrong)}${details(failed)}${folded(fine, strict)}`;
}

/** Lists checks as a table. */
export function markdownChecks(checks: readonly Requirement[]): string {
  const rows = checks.map((check) => {
    const { id, level, requirement, go, slow } = check;
    const link = linkOf(check.source);
    const name = link === undefined ? markdownCode(id) : `[${markdownCode(id)}](${link})`;
    return `| ${name} | ${level}${slow ? ", slow" : ""} | ${prose(requirement)} | ${prose(go.text)} |\n`;
  });
  return `| check | level | requirement | if violated |\n|---|---|---|---|\n${rows.join("")}`;
}

function isTrouble({ verdict }: Result): boolean {
  return verdict === "failed" || verdict === "error";
}

function table(rows: readonly string[]): string {
  return rows.length === 0 ? "" : `| | check | level | |\n|---|---|---|---|\n${rows.join("")}\n`;
}

function folded(results: readonly Result[], strict: boolean): string {
  if (results.length === 0) return "";
  const words = countWords(countsOf({ results, strict })).map(([, text]) => text);
  const rows = table(results.map((result) => row(result, strict)));
  return `<details><summary>${words.join(" · ")}</summary>\n\n${rows}</details>\n\n`;
}

/** The mark of each verdict except a failure. */
const marks = {
  passed: "✅",
  info: "ℹ️",
  known: "☑️",
  flaky: "☑️",
  "not applicable": "➖",
  "not run": "❔",
  error: "💥",
};

function row(result: Result, strict: boolean): string {
  const { check, verdict } = result;
  const mark = verdict === "failed" ? (fails(result, strict) ? "❌" : "⚠️") : marks[verdict];
  return `| ${mark} | ${markdownCode(check.id)} | ${check.level} | ${textOf(result)} |\n`;
}

function textOf({ check, verdict, go, remark = "", expected = "", actual = "" }: Result): string {
  const because = remark === "" ? "" : `: ${brief(remark)}`;
  switch (verdict) {
    case "failed":
      return `${goBriefly[goOf({ go, check }).outcome]}: expected ${brief(expected)}; actual: ${brief(actual)}`;
    case "known":
    case "flaky":
      return `${verdict} failure${because}`;
    case "not applicable":
      return `not applicable${because}`;
    case "not run":
      return `could not run${because}`;
    case "error":
      return "internal error (a bug in cacheprogw)";
    default:
      return brief(remark || actual);
  }
}

function notRunRow({ reason, results }: NotRun): string {
  const ids = results.map(({ check }) => markdownCode(check.id)).join(", ");
  const how = results.every(({ blocked }) => blocked) ? "not run" : "could not run";
  return `| ${marks["not run"]} | ${ids} | | ${how}: ${brief(reason)} |\n`;
}

/** The findings, as many as fit: GitHub shows nothing of a page that is too long. */
function details(results: readonly Result[]): string {
  let length = 0;
  const all = results.map(detail);
  const shown = all.filter((each) => {
    length += each.length;
    return length <= mostDetails;
  });
  const left = all.length - shown.length;
  return shown.join("") + (left === 0 ? "" : `Findings left out because the page is too long: ${left}.\n\n`);
}

function detail(result: Result): string {
  const text = result.verdict === "error" ? (result.remark ?? "") : findingText(result);
  return `<details><summary>${result.check.level} ${markdownID(result.check.id)}</summary>\n\n${markdownBlock(text)}\n</details>\n\n`;
}

/** An id where HTML, not Markdown, is parsed. */
function markdownID(id: string): string {
  return `<code>${Bun.escapeHTML(oneLine(id))}</code>`;
}

/** Escapes a text of the suite, so that nothing in it is markup. */
function prose(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>|#~]/g, "\\$&");
}

/** A text for a table cell, cut to 300 characters. */
function brief(text: string): string {
  return markdownCode(text.length > 300 ? `${text.slice(0, 299)}…` : text);
}
