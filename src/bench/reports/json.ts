import manifest from "../../../package.json" with { type: "json" };
import type { Comparison, ProgramReport, Report, Result } from "../report.ts";
import type { Summary } from "../statistics/summary.ts";

/** What a file says of itself. */
export const format = "cacheprogw bench";
/** Rises when a reader of an older one would be misled. */
export const version = 1;

/** What only the caller knows of a run. */
export interface Remarks {
  readonly warnings: readonly string[];
  readonly comparisons: readonly Comparison[];
}

/** All of a report, as a value for JSON. Times are in ms, speeds in calls a second; what is not known is null. */
export function jsonReport(report: Report, { warnings, comparisons }: Remarks): object {
  const { machine, load, seed, rounds, slice, programs, limit, ratios } = report;
  return {
    format,
    version,
    cacheprogw: manifest.version,
    machine: { ...machine, load },
    seed,
    rounds,
    slice,
    programs: programs.map(jsonProgram),
    limit: jsonProgram(limit),
    ratios: ratios.map(({ figure, ratio }) => ({ id: figure.id, ...jsonSummary(ratio) })),
    changes: comparisons.map(jsonComparison),
    warnings,
  };
}

/** Factors are told as changes: by which part it became faster, below 0 slower. What is not known is null. */
function jsonComparison({ id, to, factor, low, high, verdict, allowed }: Comparison): object {
  const change = (of: number) => (Number.isFinite(of) ? of - 1 : null);
  const told = { id, to, change: change(factor), low: change(low), high: change(high), verdict };
  return allowed === undefined ? told : { ...told, allowed };
}

function jsonProgram({ name, command, results }: ProgramReport): object {
  return { name, command, figures: results.map(jsonResult) };
}

function jsonResult(result: Result): object {
  const { figure, speed, latency, calls, bandwidth, cpuPerCall, memory, ofLimit, problem } = result;
  const { p50 = null, p90 = null, p99 = null, max = null } = latency;
  return {
    id: figure.id,
    description: figure.description,
    shows: figure.shows,
    speed: speed === undefined ? null : jsonSummary(speed),
    calls,
    latency: { p50, p90, p99, max },
    bandwidth: bandwidth ?? null,
    cpuPerCall: cpuPerCall ?? null,
    memory: memory ?? null,
    ofLimit: ofLimit ?? null,
    ...(problem === undefined ? {} : { [problem.kind]: problem.text }),
  };
}

function jsonSummary({ median, min, max, spread, runs }: Summary): object {
  return { median, min, max, spread, runs };
}
