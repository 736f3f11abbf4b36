import { csvCell } from "../../safe-text.ts";
import type { Report } from "../report.ts";

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
] as const;

/** One line for each figure of each program, the one that does nothing as well. Source of the form: RFC 4180 */
export function csvReport({ programs, limit }: Report): string {
  const rows = [...programs, limit].flatMap(({ name, results }) =>
    results.map(({ figure, speed, latency, calls, bandwidth, cpuPerCall, memory, ofLimit, problem }) => [
      name,
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
    ]),
  );
  return [columns, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function cell(value: string | number | undefined): string {
  return typeof value === "number" ? String(value) : csvCell(value ?? "");
}
