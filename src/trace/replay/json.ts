import manifest from "../../../package.json" with { type: "json" };
import type { Prepared } from "./replay.ts";
import type { ReplayLatency, ReplayReport, Traffic } from "./report.ts";

/** Identifies the format. */
const format = "cacheprogw replay";
/** Increases with each change that would mislead an old reader. */
const version = 1;

/** A replay as a JSON value. Times are in microseconds, sizes in bytes; what isn't known is null. */
export function jsonReplay(
  { trace, recorded, replayed, problems }: ReplayReport,
  prepared: Prepared,
): object {
  return {
    format,
    version,
    cacheprogw: manifest.version,
    trace,
    prepared,
    recorded: traffic(recorded),
    replayed: traffic(replayed),
    problems,
  };
}

function traffic({ elapsed, busy, latency, ...counts }: Traffic): object {
  const of = ({ p50, p90, p99, max }: ReplayLatency) => ({
    p50: microseconds(p50),
    p90: microseconds(p90),
    p99: microseconds(p99),
    max: microseconds(max),
  });
  return {
    ...counts,
    elapsed: microseconds(elapsed),
    inFlight: microseconds(busy),
    latency: { get: of(latency.get), put: of(latency.put) },
  };
}

function microseconds(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms * 1_000);
}
