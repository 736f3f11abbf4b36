import { percentText, timeText } from "../../quantities.ts";
import type { Comparison, ProgramReport, Report, Result } from "../report.ts";
import { count, memory, size } from "./units.ts";

/** An empty cell. */
const none = "–";

/** The report for people. Only lines with the name of a program or an error may be wider than 80 columns. */
export function textReport(report: Report): string {
  const { programs, rounds, slice, machine } = report;
  const runs = rounds === 1 ? "1 round" : `${rounds} rounds`;
  const head = `${runs} of ${timeText(slice)} per figure · ${machine.system} · ${machine.processors} × ${machine.processor}\n`;
  return `${head}${programs.map(program).join("")}`;
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
        : timeText(1_000 / speed.median),
    speed === undefined || speed.runs.length < 2 ? none : percentText(speed.spread),
    bandwidth === undefined ? none : size(bandwidth),
    cpuPerCall === undefined ? none : timeText(cpuPerCall),
    peak === undefined ? none : memory(peak),
    ofLimit === undefined ? none : percentText(ofLimit),
  ];
}

function latencyRow({ figure, latency: { p50, p90, p99, max }, calls }: Result): string[] {
  return [
    figure.id,
    ...[p50, p90, p99, max].map((ms) => (ms === undefined ? none : timeText(ms))),
    count(calls),
  ];
}

function problem({ figure: { id }, problem }: Result): string {
  const text = problem?.text.replaceAll("\n", "\n    ");
  return problem?.kind === "failed" ? `  ${id} failed: ${text}\n` : `  ${id} not applicable: ${text}\n`;
}

/** The comparisons: a table for the baseline, one for the other program, and the conclusion of --max-regress. */
export function textComparisons(
  { programs: [one, two] }: Report,
  comparisons: readonly Comparison[],
  most: number | undefined,
): string {
  const part = (to: Comparison["to"], title: string) => {
    const rows = comparisons.filter((each) => each.to === to).map(comparisonRow);
    return rows.length === 0 ? "" : `\n${title}\n\n${table(["", "median", "interval", ""], rows)}`;
  };
  const ended = most === undefined ? "" : `\n${conclusion(comparisons, most)}\n`;
  return `${part("baseline", "Speed compared with the baseline (above 1: faster)")}${part(
    "program",
    `Speed of ${one?.name}\ncompared with ${two?.name} (above 1: faster)`,
  )}${ended}`;
}

function comparisonRow(comparison: Comparison): readonly string[] {
  const { id, factor, low, high } = comparison;
  const interval =
    Number.isFinite(low) && Number.isFinite(high) ? `${low.toFixed(2)} to ${high.toFixed(2)}` : none;
  return [id, `${factor.toFixed(2)}×`, interval, verdictWords(comparison)];
}

/** The words for the verdict of a comparison. */
export function verdictWords({ verdict, allowed }: Comparison): string {
  if (allowed === false) return "slower than allowed";
  const words = {
    faster: "faster",
    slower: "slower",
    "no difference": "no clear difference",
    "too few rounds": "too few rounds to tell",
  }[verdict];
  return allowed === null && verdict !== "too few rounds" ? `${words}, but may be too slow` : words;
}

/** The conclusion of --max-regress, in one or two sentences. */
export function conclusion(comparisons: readonly Comparison[], most: number): string {
  const named = (allowed: false | null) => [
    ...new Set(comparisons.filter((each) => each.allowed === allowed).map(({ id }) => id)),
  ];
  const [worse, open] = [named(false), named(null)];
  const limit = percentText(most);
  if (worse.length === 0 && open.length === 0) return `No figure is slower by more than ${limit}.`;
  return [
    ...(worse.length === 0 ? [] : [`Slower by more than ${limit}: ${worse.join(", ")}`]),
    ...(open.length === 0
      ? []
      : [
          `Undecided, may be slower by more than ${limit}: ${open.join(", ")}. Stop other programs, or measure longer: name fewer figures, or raise --budget.`,
        ]),
  ].join("\n");
}

/** A table with right-aligned columns, except those without a heading; empty without rows. */
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
