import manifest from "../../../package.json" with { type: "json" };
import type { Comparison, ProgramReport, Report, Result } from "../report.ts";
import type { Summary } from "../statistics/summary.ts";

/** Identifies the file format. */
export const format = "cacheprogw bench";
/** Increases with each change that would mislead an old reader. */
export const version = 1;

/** What the report itself doesn't have. */
export interface Remarks {
  readonly warnings: readonly string[];
  readonly comparisons: readonly Comparison[];
}

/** The whole report as a JSON value. Times are in ms, speeds in calls per second; unknown values are null. */
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

/** Factors become changes: 0.1 is 10 % faster, below 0 is slower. Unknown values are null. */
function jsonComparison({ id, to, factor, low, high, verdict, allowed }: Comparison): object {
  const change = (of: number) => (Number.isFinite(of) ? of - 1 : null);
  const value = { id, to, change: change(factor), low: change(low), high: change(high), verdict };
  return allowed === undefined ? value : { ...value, allowed };
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
