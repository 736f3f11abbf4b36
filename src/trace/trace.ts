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
import { readEvents } from "./read.ts";
import { RequestJoin, type TracedRequest } from "./requests.ts";

/** A whole trace in memory: about 1 KiB a request. */
export interface Trace {
  /** The file, for messages. */
  readonly name: string;
  /** What was recorded, and where. */
  readonly start: TraceStart;
  /** The program's hello; undefined if it never said it. */
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
  const collector = new Collector();
  for await (const events of readEvents(source)) for (const event of events) collector.push(event);
  return collector.trace(name);
}

/** The trace that these events make. @throws (rejects) {CacheProgError} `BAD_TRACE`: they don't begin with a start */
export async function collectTrace(
  name: string,
  events: AsyncIterable<TraceEvent> | Iterable<TraceEvent>,
): Promise<Trace> {
  const collector = new Collector();
  for await (const event of events) collector.push(event);
  return collector.trace(name);
}

class Collector {
  readonly #join = new RequestJoin();
  readonly #requests: TracedRequest[] = [];
  readonly #heads = new Map<string, string>();
  readonly #others: Trace["others"][number][] = [];
  #start: TraceStart | undefined;
  #hello: HelloEvent | undefined;
  #graph: string | undefined;
  #end = 0;

  push(event: TraceEvent): void {
    if (event.kind === "start") {
      this.#start ??= event;
      return;
    }
    this.#end = event.at;
    const done = this.#join.push(event);
    if (done !== undefined) this.#requests.push(done);
    if (event.kind === "hello") this.#hello ??= event;
    else if (event.kind === "graph") this.#graph = event.text;
    else if (event.kind === "head") this.#heads.set(event.action, event.text);
    else if (event.kind === "raw" || event.kind === "end" || event.kind === "exit" || event.kind === "signal")
      this.#others.push(event);
  }

  /** @throws {CacheProgError} `BAD_TRACE`: there was no start */
  trace(name: string): Trace {
    const start = this.#start;
    if (start === undefined) throw new CacheProgError("BAD_TRACE", `${name} doesn't begin as a trace does`);
    const requests = [...this.#requests, ...this.#join.lost()].sort((a, b) => a.number - b.number);
    const [hello, graph, end] = [this.#hello, this.#graph, this.#end];
    return { name, start, hello, requests, graph, heads: this.#heads, others: this.#others, end };
  }
}
