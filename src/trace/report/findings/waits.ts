import { countText, percentText, plural, timeText } from "../../../quantities.ts";
import type { TracedRequest } from "../../requests.ts";
import type { Trace } from "../../trace.ts";
import { latencyOf } from "../named.ts";
import { timeOf } from "../summary/in-flight.ts";
import { Samples } from "../summary/samples.ts";
import type { Case, Rule } from "./finding.ts";

/* Time in which go waited for the program. */

/** In microseconds. */
const millisecond = 1000;

/** When a time is worth a finding: at least so long, and at least this share of the whole trace. */
function isLong(time: number, { end }: Trace, least: number): boolean {
  return time >= least && time >= end * 0.05;
}

export const slowHello: Rule = {
  id: "slow-hello",
  level: "slow",
  *find({ trace }) {
    const at = trace.hello?.at ?? 0;
    if (isLong(at, trace, 500 * millisecond)) yield { package: "", time: at, bytes: 0 };
  },
  what: ({ time, count }) => `The program took ${timeText(time / count / 1000)} to say hello.`,
  why: "go starts the program for each command, and waits for its hello before anything else. After 5 s it prints a warning.",
  advice: "Say hello first, and connect to other machines or open files after that.",
};

export const slowClose: Rule = {
  id: "slow-close",
  level: "slow",
  *find({ trace }) {
    const close = trace.requests.findLast(({ command }) => command === "close");
    if (close === undefined) return;
    const time = trace.end - close.sent;
    if (isLong(time, trace, 500 * millisecond)) yield { request: close, package: "", time, bytes: 0 };
  },
  what: ({ time, count, traces }) =>
    `${traces === 1 ? "The end" : `The end of ${plural(count, "go process", "go processes")}`} took ${timeText(time / 1000)}: from close until the program was gone.`,
  why: "go waits until the program has answered close and closed its stdout. Programs that upload in the background finish their uploads here.",
  advice: "Upload while the build runs, limit what is left at the end, or leave it to a process that stays.",
};

export const heldUp: Rule = {
  id: "held-up",
  level: "slow",
  *find({ trace, names }) {
    const isSlow = (request: TracedRequest) =>
      request.command !== "close" &&
      request.outcome !== "lost" &&
      isLong(latencyOf(request), trace, 100 * millisecond);
    if (!trace.requests.some(isSlow)) return;
    const medianOf = medians(trace.requests);
    for (const [request, time] of aloneTimes(trace.requests)) {
      if (!isSlow(request) || !isLong(time, trace, 100 * millisecond)) continue;
      if (time < 10 * medianOf(request.command)) continue;
      const name = names.of(request.action);
      const detail = `${name === undefined ? "" : `${name.kind} of ${name.package || name.file}, `}${timeText(latencyOf(request) / 1000)}`;
      yield { request, package: name?.package ?? "", time, bytes: request.size, detail };
    }
  },
  what: ({ count, time, details }) =>
    `${count === 1 ? "One slow request" : plural(count, "slow request")} held up everything for ${timeText(time / 1000)}: ${details.slice(0, 3).join("; ")}.`,
  why: "Nothing else was in flight then, so go had probably nothing else to do.",
  advice:
    "See what the program did at that time. Large bodies from a server are worth keeping on the local disk.",
};

/** The median latency of each command. */
function medians(requests: readonly TracedRequest[]): (command: string) => number {
  const groups = Map.groupBy(requests, ({ command }) => command);
  return (command) => latencies(groups.get(command) ?? []).latency().p50;
}

function latencies(requests: readonly TracedRequest[]): Samples {
  const samples = new Samples();
  for (const request of requests) samples.add(latencyOf(request));
  return samples;
}

/** How long each request was the only one in flight, if it ever was. */
function aloneTimes(requests: readonly TracedRequest[]): ReadonlyMap<TracedRequest, number> {
  const changes = requests.flatMap((request) => [
    { at: request.sent, isStart: true, request },
    { at: request.answered, isStart: false, request },
  ]);
  changes.sort((a, b) => a.at - b.at || Number(b.isStart) - Number(a.isStart));
  const times = new Map<TracedRequest, number>();
  const open = new Set<TracedRequest>();
  let last = 0;
  for (const { at, isStart, request } of changes) {
    const [only] = open.size === 1 ? open : [];
    if (only !== undefined && at > last) times.set(only, (times.get(only) ?? 0) + at - last);
    last = at;
    if (isStart) open.add(request);
    else open.delete(request);
  }
  return times;
}

export const slowCache: Rule = {
  id: "slow-cache",
  level: "slow",
  *find({ trace }) {
    const gets = trace.requests.filter(({ command }) => command === "get");
    const { p50 } = latencies(gets).latency();
    const time = timeOf(trace.requests, trace.end);
    if (gets.length < 100 || p50 < 2 * millisecond || time.inFlight < trace.end / 2) return;
    const share = `${percentText(time.inFlight / trace.end)} of the time`;
    const detail = `For ${share}, requests were in flight, ${countText(Number(time.average.toFixed(1)))} on average. Half of the gets took longer than ${timeText(p50 / 1000)}`;
    yield { package: "", time: time.inFlight, bytes: 0, detail } satisfies Case;
  },
  what: ({ details }) => `${details[0]}.`,
  why: "A build makes a get for each package and more, and often has nothing else to do while it waits. The latency of a get counts more than bandwidth.",
  advice:
    "Keep what was got on the local disk, answer requests at the same time, and check the latency with `cacheprogw bench -- PROGRAM`.",
};
