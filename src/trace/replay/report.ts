import { Latencies } from "../latencies.ts";
import type { Outcome } from "../requests.ts";
import type { PlannedCall, ReplayPlan } from "./plan.ts";

/** What came of a call. */
export interface CallResult {
  /** `unsent`: the program doesn't declare the command. */
  readonly outcome: "hit" | "miss" | "stored" | "error" | "unsent";
  /** `missed`: a miss of an entry that is there. `wrong`: a hit on another output, or with another size. */
  readonly problem?: "missed" | "wrong";
  readonly error?: string;
  /** In ms since the start. */
  readonly sent: number;
  readonly answered: number;
}

/** Latencies of one command, in ms; undefined if there were too few calls: a p99 needs a hundred. */
export interface ReplayLatency {
  /** The median; undefined without requests. */
  readonly p50: number | undefined;
  /** Nine in ten took at most that long; undefined if there are too few. */
  readonly p90: number | undefined;
  /** 99 in a hundred took at most that long; undefined if there are too few. */
  readonly p99: number | undefined;
  /** The slowest; undefined without requests. */
  readonly max: number | undefined;
}

/** The traffic of the recording, or of its replay. */
export interface Traffic {
  /** All gets. */
  readonly gets: number;
  /** Gets that hit. */
  readonly hits: number;
  /** Gets that missed. */
  readonly misses: number;
  /** All puts. */
  readonly puts: number;
  /** Of the bodies that were put. */
  readonly bytes: number;
  /** Requests that were answered with an error. */
  readonly errors: number;
  /** Requests without a response, or in a replay those that weren't sent. */
  readonly unanswered: number;
  /** From the first request to the last response, in ms. */
  readonly elapsed: number;
  /** The part of it with at least one request in flight. */
  readonly busy: number;
  /** How long gets and puts took. */
  readonly latency: { readonly get: ReplayLatency; readonly put: ReplayLatency };
}

/** A request of the replay that had another result than it should. */
export interface ReplayProblem {
  /** What is wrong: a miss of what was put, a wrong body, or an error. */
  readonly kind: "missed" | "wrong" | "error";
  /** The command of the request. */
  readonly command: "get" | "put";
  /** As it was recorded, in hex. */
  readonly action: string;
  /** Of an error: its text. */
  readonly text: string;
}

/** What came of a replay. */
export interface ReplayReport {
  /** The name of the trace. */
  readonly trace: string;
  /** The traffic of the recording. */
  readonly recorded: Traffic;
  /** That of the replay. */
  readonly replayed: Traffic;
  /** What the program did wrong, in the order of the requests. */
  readonly problems: readonly ReplayProblem[];
}

export function reportOf(plan: ReplayPlan, results: readonly CallResult[]): ReplayReport {
  const recorded = plan.calls.map(({ request }) => ({
    outcome: request.outcome,
    sent: request.sent / 1_000,
    answered: request.answered / 1_000,
  }));
  return {
    trace: plan.name,
    recorded: trafficOf(plan.calls, recorded),
    replayed: trafficOf(plan.calls, results),
    problems: plan.calls.flatMap((call, number) => problemOf(call, results[number]) ?? []),
  };
}

function problemOf(
  { body, request }: PlannedCall,
  result: CallResult | undefined,
): ReplayProblem | undefined {
  const kind = result?.outcome === "error" ? "error" : result?.problem;
  if (kind === undefined) return undefined;
  const command = body === undefined ? "get" : "put";
  return { kind, command, action: request.action, text: result?.error ?? "" };
}

interface Timed {
  readonly outcome: Outcome | CallResult["outcome"];
  readonly sent: number;
  readonly answered: number;
}

/** @param timed one for each call, in the order in which they were sent */
function trafficOf(calls: readonly PlannedCall[], timed: readonly Timed[]): Traffic {
  const latencies = { get: new Latencies(), put: new Latencies() };
  const counts = { hit: 0, miss: 0, stored: 0, error: 0, unanswered: 0, gets: 0, puts: 0 };
  let [bytes, busy, end] = [0, 0, Number.NEGATIVE_INFINITY];
  for (const [number, { outcome, sent, answered }] of timed.entries()) {
    const { body } = calls[number] ?? {};
    counts[body === undefined ? "gets" : "puts"]++;
    if (outcome === "lost" || outcome === "unsent" || outcome === "closed") {
      counts.unanswered++;
      continue;
    }
    counts[outcome]++;
    bytes += body?.size ?? 0;
    latencies[body === undefined ? "get" : "put"].add(answered - sent);
    busy += Math.max(0, answered - Math.max(sent, end));
    end = Math.max(end, answered);
  }
  const { hit: hits, miss: misses, error: errors, gets, puts, unanswered } = counts;
  const latency = { get: summary(latencies.get), put: summary(latencies.put) };
  const elapsed = Number.isFinite(end) ? end - (timed[0]?.sent ?? 0) : 0;
  return { gets, hits, misses, puts, bytes, errors, unanswered, elapsed, busy, latency };
}

function summary(latencies: Latencies): ReplayLatency {
  const [p50, p90, p99] = [50, 90, 99].map((percent) => latencies.percentile(percent));
  return { p50, p90, p99, max: latencies.max };
}
