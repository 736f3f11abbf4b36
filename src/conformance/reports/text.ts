import { legible, withoutCommands } from "../../safe-text.ts";
import {
  type Counts,
  countsOf,
  countWords,
  fails,
  goOf,
  outcomeOf,
  type Report,
  type Result,
  stopSentence,
  titleOf,
} from "../report.ts";
import type { GoOutcome, Requirement } from "../requirement.ts";
import { groupOf } from "../select.ts";
import { duration } from "./duration.ts";
import { beside, type Layout, labeledRow, plain, remark, type TextStyle, wrap } from "./layout.ts";

/** How many of the last messages on the wire are shown. */
const shownMessages = 6;

/** What go build does, in a few words. A check's `go.text` is a whole sentence. */
export const goBriefly: Readonly<Record<GoOutcome, string>> = {
  fatal: "go build would fail",
  hang: "go build would hang",
  rebuilds: "go build would rebuild",
  "wrong result": "go build would use a wrong result",
  slow: "go build would be slow",
  nothing: "go build would not notice",
};

type Mark = readonly [mark: string, style: TextStyle];

const marks: Readonly<Record<Result["verdict"], Mark>> = {
  passed: ["✓", "green"],
  failed: ["✗", "red"],
  known: ["~", "yellow"],
  flaky: ["~", "yellow"],
  info: ["i", "cyan"],
  "not applicable": ["-", "dim"],
  "not run": ["?", "magenta"],
  error: ["‼", "red"],
};
const warning: Mark = ["!", "yellow"];

const countStyles: Partial<Record<keyof Counts, TextStyle>> = {
  passed: "green",
  failed: "red",
  error: "red",
  stale: "red",
  warning: "yellow",
  known: "yellow",
  flaky: "yellow",
  "not run": "magenta",
  blocked: "magenta",
  unreached: "magenta",
};

/** A report as text, in parts that can be printed as the run goes: the head, each result in order, the end. */
export class TextReport {
  readonly #layout: Layout;
  readonly #strict: boolean;
  readonly #idWidth: number;
  #group = "";

  constructor(checks: readonly Requirement[], strict: boolean, layout: Layout) {
    this.#layout = layout;
    this.#strict = strict;
    this.#idWidth = Math.max(24, ...checks.map(({ id }) => id.length));
  }

  head(name: string, dialect: string, count: number, title = titleOf({})): string {
    const checks = `${count} ${count === 1 ? "check" : "checks"}`;
    const [first = "", ...more] = wrap(
      `${title} · ${legible(name)} · as ${dialect} · ${checks}`,
      this.#layout.width - 4,
    );
    const lines = [this.#layout.style("bold", title) + first.slice(title.length), ...more];
    return withoutCommands(`${lines.join("\n    ")}\n\n`);
  }

  /** One check, under the name of its group if it's the first of that group. */
  result(result: Result): string {
    const layout = this.#layout;
    const group = groupOf(result.check);
    const heading = group === this.#group ? "" : `  ${layout.style("bold", group)}\n`;
    this.#group = group;
    const [mark, style] = this.#markOf(result);
    const before = `    ${layout.style(style, mark)} ${result.check.id.padEnd(this.#idWidth)} ${timeOf(result)}`;
    const column = 4 + 2 + this.#idWidth + 1 + 8 + 2;
    const failed = result.verdict === "failed" ? this.#finding(result) : "";
    const line = beside(layout, before, column, noteOf(result), failed === "" ? "dim" : style);
    // Once more over the whole text: wrapping moves other text to the start of a line.
    return withoutCommands(`${heading}${line}\n${failed}`);
  }

  /** Remarks about the whole run, and the counts. */
  end(report: Report): string {
    const { notStarted, stderr, stopped, stale, lacking = [] } = report;
    const layout = this.#layout;
    const notes: string[] = [];
    if (notStarted !== undefined) {
      notes.push(remark(layout, "red", `✗ The program failed the handshake: ${notStarted}`));
      if (stderr !== undefined)
        notes.push(labeledRow(layout, "Stderr", stderr.length === 0 ? ["(empty)"] : stderr.map(legible)));
    }
    notes.push(...explained(report).map((text) => remark(layout, "magenta", text)));
    if (stopped !== undefined) notes.push(remark(layout, "yellow", stopSentence[stopped]));
    notes.push(...lacking.map((text) => remark(layout, "yellow", text)));
    notes.push(...stale.map(({ text }) => remark(layout, "red", `✗ Stale known failure: ${text}`)));
    if (stale.length === 0 && notStarted === undefined && stopped === undefined && isSilent(report))
      notes.push(
        remark(layout, "magenta", "No check applies to this program, so the run doesn't count as passed."),
      );
    const gap = notes.length === 0 || this.#group === "" ? "" : "\n";
    return withoutCommands(`${gap}${notes.join("")}\n${this.#counts(report)}\n`);
  }

  #markOf(result: Result): Mark {
    return result.verdict === "failed" && !fails(result, this.#strict) ? warning : marks[result.verdict];
  }

  #finding(result: Result): string {
    const requirement = beside(this.#layout, "        ", 8, result.check.requirement, "bold");
    const rows = findingRows(result).map(([label, lines]) => labeledRow(this.#layout, label, lines));
    return `${requirement}\n${rows.join("")}`;
  }

  #counts(report: Report): string {
    const layout = this.#layout;
    const words = countWords(countsOf(report));
    const plainWords = words.map(([, text]) => text).join(" · ");
    const styled = words.map(([key, text]) => layout.style(countStyles[key] ?? "dim", text)).join(" · ");
    const time = duration(report.duration);
    const gap = Math.min(layout.width, 100) - 2 - Bun.stringWidth(plainWords) - time.length;
    return `  ${styled}${gap < 2 ? "\n  " : " ".repeat(gap)}${time}`;
  }
}

/** A whole report as text. */
export function textReport(report: Report, layout: Layout = plain): string {
  const { results, strict, name, dialect } = report;
  const text = new TextReport(
    results.map(({ check }) => check),
    strict,
    layout,
  );
  const reached = results.filter(({ unreached, see }) => !unreached && see === undefined);
  return (
    text.head(name, dialect, results.length, titleOf(report)) +
    reached.map((result) => text.result(result)).join("") +
    text.end(report)
  );
}

/** The rows that describe a failed check: a label, and the lines beside it. */
function findingRows(result: Result): readonly (readonly [label: string, lines: readonly string[]])[] {
  const { check, expected, actual, process, wire = [], stderr, kept, rerun } = result;
  const which = process && `${process.number} of the ${process.of} that the check started`;
  return [
    ["Expected", [legible(expected ?? "")]],
    ["Actual", [legible(actual ?? "")]],
    ...(which === undefined ? [] : [["Process", [which]] as const]),
    ["Wire", orNothing(wire.slice(-shownMessages).map(legible), "(nothing)")],
    ...(stderr === undefined ? [] : [["Stderr", orNothing(stderr.map(legible), "(empty)")] as const]),
    ["Go", [goOf(result).text, check.source]],
    ...(kept === undefined ? [] : [["Kept", [legible(kept)]] as const]),
    ...(rerun === "" ? [] : [["Rerun", [rerun]] as const]),
  ];
}

function orNothing(lines: readonly string[], nothing: string): readonly string[] {
  return lines.length === 0 ? [nothing] : lines;
}

/** A failed check as one text, for formats that have a field for it. */
export function findingText(result: Result): string {
  const rows = findingRows(result).map(([label, lines]) => {
    const text = lines.join("\n");
    // A command for a shell stays as it is: a line break may be inside quotes.
    const indented = label === "Rerun" ? text : text.replaceAll("\n", `\n${" ".repeat(10)}`);
    return `${label.padStart(8)}  ${indented}`;
  });
  return [result.check.requirement, ...rows].join("\n");
}

function timeOf({ verdict, duration: ms }: Result): string {
  const isTimed = verdict !== "not applicable" && verdict !== "not run" && ms > 0;
  return isTimed ? duration(ms).padStart(8) : " ".repeat(8);
}

function noteOf({ check, verdict, blocked, go, remark = "", actual = "" }: Result): string {
  switch (verdict) {
    case "failed":
      return `${check.level} · ${goBriefly[goOf({ go, check }).outcome]}`;
    case "known":
      return `known failure${remark && `: ${remark}`}`;
    case "flaky":
      return `flaky failure${remark && `: ${remark}`}`;
    case "not applicable":
      return `not applicable: ${remark}`;
    case "not run":
      return blocked ? `not run: ${remark}` : `could not run: ${remark}`;
    case "error":
      return `internal error (a bug in cacheprogw): ${remark}`;
    default:
      return remark || actual;
  }
}

/** Checks that were not run because others failed: one line for each reason. */
function explained({ results }: Report): readonly string[] {
  const groups = Map.groupBy(
    results.filter(({ see }) => see !== undefined),
    ({ remark: reason = "" }) => reason,
  );
  return [...groups].map(([reason, { length }]) => {
    const checks = length === 1 ? "1 check was" : `${length} checks were`;
    return `? ${checks} not run: ${reason}`;
  });
}

/** Whether nothing ran, and no other remark says why. */
function isSilent(report: Report): boolean {
  return (
    outcomeOf(report) === "incomplete" && report.results.every(({ verdict }) => verdict === "not applicable")
  );
}
