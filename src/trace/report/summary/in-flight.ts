import type { TracedRequest } from "../../requests.ts";
import type { TimeSummary } from "../summary.ts";

/** How long requests were in flight, and how many. @param end the time of the last event */
export function timeOf(requests: readonly TracedRequest[], end: number): TimeSummary {
  const sent = Float64Array.from(requests, (request) => request.sent).sort();
  const answered = Float64Array.from(requests, (request) => request.answered).sort();
  let [inFlight, sum, now, most, last, done] = [0, 0, 0, 0, 0, 0];
  const advance = (time: number) => {
    if (now > 0) inFlight += time - last;
    sum += now * (time - last);
    last = time;
  };
  for (const time of sent) {
    // A response that came at the same moment came first, so a request after it doesn't overlap with it.
    for (let end = answered[done]; end !== undefined && end <= time; end = answered[++done]) {
      advance(end);
      now--;
    }
    advance(time);
    most = Math.max(most, ++now);
  }
  for (; done < answered.length; done++) {
    advance(answered[done] ?? last);
    now--;
  }
  return { total: end, inFlight, idle: end - inFlight, average: inFlight === 0 ? 0 : sum / inFlight, most };
}

/** The times of several processes together. */
export function combined(times: readonly TimeSummary[]): TimeSummary {
  const add = (of: (time: TimeSummary) => number) => times.reduce((total, time) => total + of(time), 0);
  const inFlight = add((time) => time.inFlight);
  return {
    total: add(({ total }) => total),
    inFlight,
    idle: add(({ idle }) => idle),
    average: inFlight === 0 ? 0 : add((time) => time.average * time.inFlight) / inFlight,
    most: Math.max(0, ...times.map(({ most }) => most)),
  };
}
