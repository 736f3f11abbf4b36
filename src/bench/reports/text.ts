import type { Change } from "../baseline.ts";
import type { ProgramReport, Report, Result } from "../report.ts";
import type { Summary } from "../statistics.ts";
import { count, memory, percent, size, time } from "./units.ts";

/** What a table shows where there is nothing to show. */
const none = "–";

/** The report for people: no line is wider than 80 columns but for those with the name of a program or an error. */
export function textReport(report: Report): string {
  const { programs, ratios, rounds, slice, machine } = report;
  const runs = rounds === 1 ? "1 round" : `${rounds} rounds`;
  const head = `${runs} of ${time(slice)} for each figure · ${machine.system} · ${machine.processors} × ${machine.processor}\n`;
  const [one, two] = programs;
  const compared =
    one === undefined || two === undefined || ratios.length === 0 ? "" : versus(report, one, two);
  return `${head}${programs.map(program).join("")}${compared}`;
}

function program({ name, results }: ProgramReport): string {
  const shown = results.filter(({ problem }) => problem === undefined);
  const problems = results.filter(({ problem }) => problem !== undefined);
  return `
${name}

${[speeds(shown), latencies(shown), problems.map(problem).join("")].filter((part) => part !== "").join("\n")}`;
}

function speeds(results: readonly Result[]): string {
  return table(["", "median", "spread", "MB/s", "CPU", "memory", "of limit"], results.map(speedRow));
}

function latencies(results: readonly Result[]): string {
  return table(["", "p50", "p90", "p99", "max", "n"], results.map(latencyRow));
}

function speedRow({ figure, speed, bandwidth, cpuPerCall, memory: peak, ofLimit }: Result): string[] {
  return [
    figure.id,
    speed === undefined
      ? none
      : figure.shows === "rate"
        ? `${count(speed.median)}/s`
        : time(1_000 / speed.median),
    speed === undefined || speed.runs.length < 2 ? none : percent(speed.spread),
    bandwidth === undefined ? none : size(bandwidth),
    cpuPerCall === undefined ? none : time(cpuPerCall),
    peak === undefined ? none : memory(peak),
    ofLimit === undefined ? none : percent(ofLimit),
  ];
}

function latencyRow({ figure, latency: { p50, p90, p99, max }, calls }: Result): string[] {
  return [figure.id, ...[p50, p90, p99, max].map((ms) => (ms === undefined ? none : time(ms))), count(calls)];
}

function problem({ figure: { id }, problem }: Result): string {
  const text = problem?.text.replaceAll("\n", "\n    ");
  return problem?.kind === "failed" ? `  ${id} failed: ${text}\n` : `  ${id} is not applicable: ${text}\n`;
}

function versus({ ratios }: Report, one: ProgramReport, two: ProgramReport): string {
  const rows = ratios.map(({ figure, ratio }) => [
    figure.id,
    `${ratio.median.toFixed(2)}×`,
    ratio.runs.length < 2 ? none : `${ratio.min.toFixed(2)} to ${ratio.max.toFixed(2)}`,
    verdict(ratio),
  ]);
  return `
How many times as fast ${one.name}
is as ${two.name}

${table(["", "median", "runs", ""], rows)}`;
}

/** How many runs have to agree: of two equal programs, one wins so many in a row once in sixteen times or less. */
const enough = 5;

function verdict({ min, max, runs }: Summary): string {
  if (min <= 1 && max >= 1) return "no difference to be seen";
  if (runs.length < enough) return "too few runs to tell";
  return min > 1 ? "faster" : "slower";
}

/** What became of the figures: against a baseline, or another program. */
export function textChanges(
  changes: readonly Change[],
  worse: readonly Change[],
  most: number | undefined,
): string {
  const since = changes.filter(({ to }) => to === "baseline");
  const rows = since.map((each) => [
    each.id,
    `${each.change < 0 ? "" : "+"}${percent(each.change)}`,
    worse.includes(each) ? "slower than is allowed" : "",
  ]);
  const against =
    rows.length === 0 ? "" : `\nSpeed against the baseline\n\n${table(["", "change", ""], rows)}`;
  if (most === undefined) return against;
  const ids = worse.map(({ id }) => id).join(", ");
  return `${against}\n${worse.length === 0 ? `No figure is slower by more than ${percent(most)}.` : `Slower by more than ${percent(most)}: ${ids}`}\n`;
}

/** Columns, to the right but for those without a heading; nothing where there is no row. */
function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => (row[column] ?? "").length)));
  const isLeft = (column: number) => heading[column] === "";
  const line = (row: readonly string[]) =>
    row.map((cell, column) =>
      isLeft(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
  return all
    .map((row) => `  ${line(row).join("  ")}`.trimEnd())
    .map((text) => `${text}\n`)
    .join("");
}
