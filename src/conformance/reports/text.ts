import type { styleText } from "node:util";
import { legible, withoutCommands } from "../../safe-text.ts";
import type { Check } from "../check.ts";
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
} from "../report.ts";
import { groupOf } from "../select.ts";
import { duration } from "./duration.ts";
import { findingRows, goBriefly } from "./finding.ts";

/** How a text for people is laid out. */
export interface Layout {
  /** In columns. */
  readonly width: number;
  /** Gives a text a colour, or returns it as it is. */
  style(format: Parameters<typeof styleText>[0], text: string): string;
}

/** For a file: no colours, and lines of some length. */
export const plain: Layout = { width: 100, style: (_format, text) => text };

type Format = Parameters<Layout["style"]>[0];
type Mark = readonly [mark: string, format: Format];

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

/** Where the text of a finding begins, beside its label. */
const findingColumn = 20;
/** The most of a line of the program's that is shown, in characters. */
const longestLine = 1_600;
/** Under this a column is too narrow for text: it goes below. */
const narrowest = 24;

/** What a report is made of, for people: a head, a part for each result in order, and an end. */
export class TextReport {
  readonly #layout: Layout;
  readonly #strict: boolean;
  readonly #idWidth: number;
  #group = "";

  constructor(checks: readonly Check[], strict: boolean, layout: Layout) {
    this.#layout = layout;
    this.#strict = strict;
    this.#idWidth = Math.max(24, ...checks.map(({ id }) => id.length));
  }

  head(name: string, dialect: string, count: number): string {
    const checks = `${count} ${count === 1 ? "check" : "checks"}`;
    const title = "cacheprogw check";
    const [first = "", ...more] = wrap(
      `${title} · ${legible(name)} · as ${dialect} · ${checks}`,
      this.#layout.width - 4,
    );
    const lines = [this.#style("bold", title) + first.slice(title.length), ...more];
    return withoutCommands(`${lines.join("\n    ")}\n\n`);
  }

  /** One check, under the name of its group if it is the first. */
  result(result: Result): string {
    const group = groupOf(result.check);
    const heading = group === this.#group ? "" : `  ${this.#style("bold", group)}\n`;
    this.#group = group;
    const [mark, format] = this.#markOf(result);
    const before = `    ${this.#style(format, mark)} ${result.check.id.padEnd(this.#idWidth)} ${this.#time(result)}`;
    const column = 4 + 2 + this.#idWidth + 1 + 8 + 2;
    const note = this.#note(result);
    const failed = result.verdict === "failed" ? this.#finding(result) : "";
    const line = this.#beside(before, column, note, failed === "" ? "dim" : format);
    // Once more for all of it: a text that is wrapped has other beginnings of lines.
    return withoutCommands(`${heading}${line}\n${failed}`);
  }

  /** What is to be said of the run as such, and the counts. */
  end(report: Report): string {
    const { notStarted, stderr, stopped, stale } = report;
    const notes: string[] = [];
    if (notStarted !== undefined) {
      notes.push(this.#remark("red", `✗ The program could not be asked anything: ${notStarted}`));
      if (stderr !== undefined)
        notes.push(this.#row("Stderr", stderr.length === 0 ? ["(empty)"] : stderr.map(legible)));
    }
    notes.push(...this.#explained(report));
    if (stopped !== undefined) notes.push(this.#remark("yellow", stopSentence[stopped]));
    for (const text of report.lacking ?? []) notes.push(this.#remark("yellow", text));
    for (const { text } of stale) notes.push(this.#remark("red", `✗ The known failures are stale: ${text}`));
    if (stale.length === 0 && notStarted === undefined && stopped === undefined && isSilent(report))
      notes.push(this.#remark("magenta", "Nothing was found out: no check is applicable. That is no pass."));
    const gap = notes.length === 0 || this.#group === "" ? "" : "\n";
    return withoutCommands(`${gap}${notes.join("")}\n${this.#counts(report)}\n`);
  }

  /** What was not run for the same reason, which others tell, in a line. */
  #explained({ results }: Report): readonly string[] {
    const groups = Map.groupBy(
      results.filter(({ see }) => see !== undefined),
      ({ remark = "" }) => remark,
    );
    return [...groups].map(([remark, { length }]) =>
      this.#remark(
        "magenta",
        `? ${length === 1 ? "1 check was" : `${length} checks were`} not run: ${remark}`,
      ),
    );
  }

  #style(format: Format, text: string): string {
    return this.#layout.style(format, text);
  }

  #markOf(result: Result): Mark {
    return result.verdict === "failed" && !fails(result, this.#strict) ? warning : marks[result.verdict];
  }

  #time({ verdict, duration: ms }: Result): string {
    return verdict === "not applicable" || verdict === "not run" ? " ".repeat(8) : duration(ms).padStart(8);
  }

  #note({ check, verdict, blocked, go, remark = "", actual = "" }: Result): string {
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
        return `a mistake of the suite itself: ${remark}`;
      default:
        return remark || actual;
    }
  }

  #finding(result: Result): string {
    const requirement = this.#beside("        ", 8, result.check.requirement, "bold");
    const rows = findingRows(result).map(([label, lines]) => this.#row(label, lines));
    return `${requirement}\n${rows.join("")}`;
  }

  /** A label, and lines beside it. A path or an id in them is whole; what is much longer than that is cut. */
  #row(label: string, lines: readonly string[]): string {
    const room = this.#layout.width - findingColumn;
    const fitted = lines.flatMap((line) => {
      if (label === "Rerun") return continued(line, room);
      return wrap(label === "Wire" || label === "Stderr" ? shortened(line) : line, room);
    });
    const margin = " ".repeat(findingColumn);
    const name = this.#style("dim", label.padStart(findingColumn - 2));
    return `${name}  ${fitted.join(`\n${margin}`)}\n`;
  }

  /** A text that begins at a column, after what stands before it, and goes on below itself. */
  #beside(before: string, column: number, text: string, format: Format): string {
    if (text === "") return before.trimEnd();
    const room = this.#layout.width - column;
    const isNarrow = room < narrowest;
    const at = isNarrow ? 8 : column;
    const lines = wrap(legible(text), this.#layout.width - at).map((line) => this.#style(format, line));
    const first = isNarrow
      ? `${before.trimEnd()}\n${" ".repeat(at)}`
      : before + " ".repeat(column === 8 ? 0 : 2);
    return first + lines.join(`\n${" ".repeat(at)}`);
  }

  #remark(format: Format, text: string): string {
    const lines = wrap(legible(text), this.#layout.width - 4);
    return lines
      .map((line, index) => `${index === 0 ? "  " : "    "}${this.#style(format, line)}\n`)
      .join("");
  }

  #counts(report: Report): string {
    const formats: Partial<Record<keyof Counts, Format>> = {
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
    const words = countWords(countsOf(report));
    const plainWords = words.map(([, text]) => text).join(" · ");
    const styled = words.map(([key, text]) => this.#style(formats[key] ?? "dim", text)).join(" · ");
    const time = duration(report.duration);
    const gap = Math.min(this.#layout.width, 100) - 2 - Bun.stringWidth(plainWords) - time.length;
    return `  ${styled}${gap < 2 ? "\n  " : " ".repeat(gap)}${time}`;
  }
}

/** All of a report. */
export function textReport(report: Report, layout: Layout = plain): string {
  const { results, strict, name, dialect } = report;
  const text = new TextReport(
    results.map(({ check }) => check),
    strict,
    layout,
  );
  const reached = results.filter(({ unreached, see }) => !unreached && see === undefined);
  return (
    text.head(name, dialect, results.length) +
    reached.map((result) => text.result(result)).join("") +
    text.end(report)
  );
}

function shortened(line: string): string {
  const more = line.length - longestLine;
  return more <= 0 ? line : `${line.slice(0, longestLine)}… (${more} characters more: --report json)`;
}

/** A command for a shell in lines that end with a backslash where they go on, so that it can be copied as it stands. */
function continued(command: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of command.match(/(?:'[^']*'|\\'|[^\s'])+/g) ?? []) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length + 3 <= columns)
      lines.splice(-1, 1, `${last} ${word}`);
    else lines.push(word);
  }
  return lines.map((line, index) => (index < lines.length - 1 ? `${line} \\` : line));
}

/** Nothing ran, and nobody has said why. */
function isSilent(report: Report): boolean {
  return (
    outcomeOf(report) === "incomplete" && report.results.every(({ verdict }) => verdict === "not applicable")
  );
}

function wrap(text: string, columns: number): readonly string[] {
  return Bun.wrapAnsi(text.replaceAll("\t", " "), Math.max(columns, 8), { hard: true }).split("\n");
}
