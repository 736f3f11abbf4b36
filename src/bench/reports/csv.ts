import { csvCell } from "../../safe-text.ts";
import type { Comparison, ProgramReport, Report, Result } from "../report.ts";

const columns = [
  "program",
  "figure",
  "runs",
  "calls",
  "per_second",
  "per_second_min",
  "per_second_max",
  "p50_ms",
  "p90_ms",
  "p99_ms",
  "max_ms",
  "bytes_per_second",
  "cpu_ms_per_call",
  "memory_bytes",
  "of_limit",
  "problem",
  ...["baseline", "program"].flatMap((to) =>
    ["factor", "low", "high", "verdict", "allowed"].map((of) => `to_${to}_${of}`),
  ),
];

type Cell = string | number | undefined;

/**
 * One line for each figure of each program, including the no-op program. Comparisons are on the lines of the first
 * program. Format: RFC 4180
 */
export function csvReport({ programs, limit }: Report, comparisons: readonly Comparison[]): string {
  const lineOf = (program: ProgramReport) => (result: Result) => [
    program.name,
    ...figure(result),
    ...(["baseline", "program"] as const).flatMap((to) => {
      const those = program === programs[0] ? comparisons : [];
      return compared(those.find((each) => each.to === to && each.id === result.figure.id));
    }),
  ];
  const rows = [...programs, limit].flatMap((program) => program.results.map(lineOf(program)));
  return [columns, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function figure(result: Result): readonly Cell[] {
  const { figure, speed, latency, calls, bandwidth, cpuPerCall, memory, ofLimit, problem } = result;
  return [
    figure.id,
    speed?.runs.length ?? 0,
    calls,
    speed?.median,
    speed?.min,
    speed?.max,
    latency.p50,
    latency.p90,
    latency.p99,
    latency.max,
    bandwidth,
    cpuPerCall,
    memory,
    ofLimit,
    problem?.text,
  ];
}

function compared(comparison: Comparison | undefined): readonly Cell[] {
  if (comparison === undefined) return Array<Cell>(5).fill(undefined);
  const { factor, low, high, verdict, allowed } = comparison;
  const finite = (value: number) => (Number.isFinite(value) ? value : undefined);
  const answer = allowed === null ? "unknown" : allowed === undefined ? undefined : allowed ? "yes" : "no";
  return [factor, finite(low), finite(high), verdict, answer];
}

function cell(value: Cell): string {
  return typeof value === "number" ? String(value) : csvCell(value ?? "");
}
