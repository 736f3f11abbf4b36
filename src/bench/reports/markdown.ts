import { percentText, timeText } from "../../quantities.ts";
import { markdownCode } from "../../safe-text.ts";
import type { Comparison, ProgramReport, Report, Result } from "../report.ts";
import { conclusion, verdictWords } from "./text.ts";
import { count, memory, size } from "./units.ts";

interface Remarks {
  readonly warnings: readonly string[];
  readonly comparisons: readonly Comparison[];
  /** The slowdown that --max-regress allows. */
  readonly most: number | undefined;
}

/** A report for the summary of a CI job, or an issue: the conclusion, comparisons, figures and notes. */
export function markdownReport(report: Report, { warnings, comparisons, most }: Remarks): string {
  const { programs, machine, rounds } = report;
  const ended = most === undefined ? "" : `${conclusion(comparisons, most).replaceAll("\n", "\n\n")}\n\n`;
  const [one, two] = programs;
  const against = (to: Comparison["to"], what: string) =>
    table(
      [`${markdownCode(one?.name ?? "")}, compared with ${what}`, "median", "interval", ""],
      comparisons.filter((each) => each.to === to).map(compared),
    );
  const notes = warnings.map((warning) => `- ${markdownCode(warning)}\n`).join("");
  const place = `${rounds === 1 ? "1 round" : `${rounds} rounds`} on ${machine.system}, ${machine.processors} × ${markdownCode(machine.processor)}`;
  return `### cacheprogw bench

${ended}${against("program", markdownCode(two?.name ?? ""))}${against("baseline", "the baseline")}${programs.map(figures).join("")}${place}

${notes}`;
}

function compared(comparison: Comparison): readonly string[] {
  const { id, factor, low, high, allowed } = comparison;
  const interval =
    Number.isFinite(low) && Number.isFinite(high) ? `${low.toFixed(2)} to ${high.toFixed(2)}` : "";
  const mark = allowed === false ? "❌ " : allowed === null ? "❔ " : "";
  return [markdownCode(id), `${factor.toFixed(2)}×`, interval, mark + verdictWords(comparison)];
}

function figures({ name, results }: ProgramReport): string {
  return table([markdownCode(name), "median", "spread", "MB/s", "p50", "p99", "memory"], results.map(row));
}

function row({ figure, speed, bandwidth, latency, memory: peak, problem }: Result): readonly string[] {
  if (problem !== undefined)
    return [markdownCode(figure.id), `${problem.kind}: ${markdownCode(problem.text)}`];
  const shown = <T>(value: T | undefined, as: (value: T) => string) => (value === undefined ? "" : as(value));
  return [
    markdownCode(figure.id),
    shown(speed, ({ median }) => (figure.shows === "rate" ? `${count(median)}/s` : timeText(1_000 / median))),
    shown(speed, ({ spread, runs }) => (runs.length < 2 ? "" : percentText(spread))),
    shown(bandwidth, size),
    shown(latency.p50, timeText),
    shown(latency.p99, timeText),
    shown(peak, memory),
  ];
}

/** A table with right-aligned columns, except the first and those without a heading. */
function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const rules = heading.map((name, column) => (column === 0 || name === "" ? "---" : "---:"));
  const line = (cells: readonly string[]) =>
    `| ${heading.map((_, column) => cells[column] ?? "").join(" | ")} |\n`;
  return `${line(heading)}${line(rules)}${rows.map(line).join("")}\n`;
}
