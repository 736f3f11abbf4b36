import { showName } from "../names/show-name.ts";
import type { TracedRequest } from "../requests.ts";
import { latencyOf, type NamedTrace } from "./named.ts";
import { requestName } from "./words.ts";

/*
 * Chrome's trace format, which ui.perfetto.dev and about:tracing open: a JSON array of events. Times are microseconds since
 * 1970, as in what `go build -debug-trace` writes, so both arrays can be put into one file. go's events have the pid 0.
 * Format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */

type Event = Readonly<Record<string, unknown>>;

/** The file, in parts. */
export async function* perfettoFile(
  traces: AsyncIterable<NamedTrace> | Iterable<NamedTrace>,
): AsyncGenerator<string, void, undefined> {
  let before = "[\n";
  for await (const named of traces)
    for (const event of perfettoEvents(named)) {
      yield `${before}${JSON.stringify(event)}\n`;
      before = ",";
    }
  yield before === "," ? "]\n" : "[]\n";
}

/** The events of one trace: a process, with a row for each request that was in flight at the same time. */
function* perfettoEvents({ trace, names }: NamedTrace): Generator<Event, void, undefined> {
  const { pid, command = ["go"] } = trace.start.go;
  // Temporal has nanoseconds: at today's microseconds, a double has steps of a quarter.
  const start = Number(Temporal.Instant.from(trace.start.time).epochNanoseconds / 1000n);
  yield { name: "process_name", ph: "M", pid, tid: 0, args: { name: `cache of ${command.join(" ")}` } };
  const lanes = new Lanes();
  for (const request of trace.requests.toSorted((a, b) => a.sent - b.sent)) {
    const { tid, isNew } = lanes.take(request);
    if (isNew) yield { name: "thread_name", ph: "M", pid, tid, args: { name: `request in flight ${tid}` } };
    const name = names.of(request.action);
    const what = requestName(request.command, request.outcome);
    yield {
      name: name === undefined ? what : `${what} ${showName(name)}`,
      cat: what,
      ph: "X",
      ts: start + request.sent,
      dur: latencyOf(request),
      pid,
      tid,
      args: details(request),
    };
  }
  for (const event of trace.others) {
    const name = event.kind === "exit" ? "exit" : event.kind === "end" ? `end of ${event.of}` : undefined;
    const shown = event.kind === "signal" ? event.name : name;
    if (shown !== undefined) yield { name: shown, ph: "i", s: "p", ts: start + event.at, pid, tid: 0 };
  }
}

function details({ number, action, output, size, error }: TracedRequest): Event {
  const given = { action, output, size, error };
  return {
    number,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== "" && value !== 0)),
  };
}

/** The rows of requests in flight, from 1: each request takes the first that is free. */
class Lanes {
  /** When each one is free again. */
  readonly #free: number[] = [];

  take({ sent, answered }: TracedRequest): { readonly tid: number; readonly isNew: boolean } {
    const found = this.#free.findIndex((time) => time <= sent);
    const at = found === -1 ? this.#free.length : found;
    this.#free[at] = answered;
    return { tid: at + 1, isNew: found === -1 };
  }
}
