import type { Comparison, ProgramReport, Report, Result } from "../report.ts";
import { count, memory, percent, size, time } from "./units.ts";

/** What a table shows where there is nothing to show. */
const none = "–";

/** The report for people: no line is wider than 80 columns but for those with the name of a program or an error. */
export function textReport(report: Report): string {
  const { programs, rounds, slice, machine } = report;
  const runs = rounds === 1 ? "1 round" : `${rounds} rounds`;
  const head = `${runs} of ${time(slice)} for each figure · ${machine.system} · ${machine.processors} × ${machine.processor}\n`;
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

/** What the comparisons come to: a table against the baseline, one against the other program, and what is too slow. */
export function textComparisons(
  { programs: [one, two] }: Report,
  comparisons: readonly Comparison[],
  most: number | undefined,
): string {
  const part = (to: Comparison["to"], title: string) => {
    const rows = comparisons.filter((each) => each.to === to).map(comparisonRow);
    return rows.length === 0 ? "" : `\n${title}\n\n${table(["", "median", "between", ""], rows)}`;
  };
  const ended = most === undefined ? "" : `\n${conclusion(comparisons, most)}\n`;
  return `${part("baseline", "How many times as fast as in the baseline")}${part(
    "program",
    `How many times as fast ${one?.name}\nis as ${two?.name}`,
  )}${ended}`;
}

function comparisonRow(comparison: Comparison): readonly string[] {
  const { id, factor, low, high } = comparison;
  const between =
    Number.isFinite(low) && Number.isFinite(high) ? `${low.toFixed(2)} to ${high.toFixed(2)}` : none;
  return [id, `${factor.toFixed(2)}×`, between, verdictWords(comparison)];
}

/** What is said of a comparison. */
export function verdictWords({ verdict, allowed }: Comparison): string {
  if (allowed === false) return "slower than is allowed";
  const words = {
    faster: "faster",
    slower: "slower",
    "no difference": "no difference to be seen",
    "too few rounds": "too few rounds to tell",
  }[verdict];
  return allowed === null && verdict !== "too few rounds" ? `${words}, but it may be too slow` : words;
}

/** What --max-regress comes to, in a sentence or two. */
export function conclusion(comparisons: readonly Comparison[], most: number): string {
  const named = (allowed: false | null) => [
    ...new Set(comparisons.filter((each) => each.allowed === allowed).map(({ id }) => id)),
  ];
  const [worse, open] = [named(false), named(null)];
  const limit = percent(most);
  if (worse.length === 0 && open.length === 0) return `No figure is slower by more than ${limit}.`;
  return [
    ...(worse.length === 0 ? [] : [`Slower by more than ${limit}: ${worse.join(", ")}`]),
    ...(open.length === 0
      ? []
      : [
          `The rounds don't tell whether it is slower by more than ${limit}: ${open.join(", ")}. End what else runs, or measure longer, with fewer figures or a --budget.`,
        ]),
  ].join("\n");
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
