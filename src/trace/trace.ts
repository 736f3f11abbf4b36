import { CacheProgError } from "../errors.ts";
import type {
  EndEvent,
  ExitEvent,
  HelloEvent,
  RawEvent,
  SignalEvent,
  TraceEvent,
  TraceStart,
} from "./events.ts";
import { readTrace } from "./read.ts";
import { RequestJoin, type TracedRequest } from "./requests.ts";

/** A whole trace in memory: about 1 KiB a request. */
export interface Trace {
  /** The file, for messages. */
  readonly name: string;
  readonly start: TraceStart;
  readonly hello: HelloEvent | undefined;
  /** In the order in which they were sent. */
  readonly requests: readonly TracedRequest[];
  /** The action graph of go, as JSON. */
  readonly graph: string | undefined;
  /** The first bytes of bodies, by action in hex. */
  readonly heads: ReadonlyMap<string, string>;
  /** Everything else, in order: bytes that are no message, signals, the ends of the pipes, the exit. */
  readonly others: readonly (RawEvent | EndEvent | ExitEvent | SignalEvent)[];
  /** The time of the last event, in microseconds since the start. */
  readonly end: number;
}

/**
 * Loads a trace.
 *
 * @param source a path, or anything with bytes, such as a `Bun.file()`
 * @throws (rejects) {CacheProgError} `BAD_TRACE`: it can't be read or isn't a trace
 */
export async function loadTrace(source: string | Blob): Promise<Trace> {
  const name = typeof source === "string" ? source : "the trace";
  return collectTrace(name, readTrace(source));
}

/** The trace that these events make. @throws (rejects) {CacheProgError} `BAD_TRACE`: they don't begin with a start */
export async function collectTrace(
  name: string,
  events: AsyncIterable<TraceEvent> | Iterable<TraceEvent>,
): Promise<Trace> {
  let start: TraceStart | undefined;
  let hello: HelloEvent | undefined;
  let graph: string | undefined;
  let end = 0;
  const join = new RequestJoin();
  const requests: TracedRequest[] = [];
  const heads = new Map<string, string>();
  const others: Trace["others"][number][] = [];
  for await (const event of events) {
    if (event.kind === "start") {
      start ??= event;
      continue;
    }
    end = event.at;
    const done = join.push(event);
    if (done !== undefined) requests.push(done);
    if (event.kind === "hello") hello ??= event;
    else if (event.kind === "graph") graph = event.text;
    else if (event.kind === "head") heads.set(event.action, event.text);
    else if (event.kind === "raw" || event.kind === "end" || event.kind === "exit" || event.kind === "signal")
      others.push(event);
  }
  if (start === undefined) throw new CacheProgError("BAD_TRACE", `${name} doesn't begin as a trace does`);
  requests.push(...join.lost());
  requests.sort((a, b) => a.number - b.number);
  return { name, start, hello, requests, graph, heads, others, end };
}
