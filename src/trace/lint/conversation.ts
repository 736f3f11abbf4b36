import type { Int64 } from "../../wire/messages.ts";
import type {
  BodyEvent,
  HelloEvent,
  RequestEvent,
  ResponseEvent,
  TraceEvent,
  TraceStart,
} from "../events.ts";
import { IDSet } from "./id-set.ts";
import { Recent } from "./recent.ts";

/** How many actions and outputs are remembered. */
const remembered = 100_000;

/** A request without a response. */
export interface OpenRequest {
  readonly event: RequestEvent;
  /** How many requests came before it. */
  readonly number: number;
  body?: BodyEvent;
  /** Of a get: what its action had when the get was sent. */
  readonly entry: Entry | undefined;
}

/** What was put, as far as the trace shows it. */
export interface Entry {
  readonly output: string;
  readonly size: number;
  /** When the put was sent, and when it was answered, in µs. */
  readonly sent: number;
  readonly answered: number;
}

/** What is known of a hit that came before. */
export interface EarlierHit {
  readonly time: string | undefined;
  readonly at: number;
}

/**
 * What has happened in a trace up to an event. Rules see it as it was before the event, in memory that depends on the
 * number of requests in flight, and up to a limit on that of the puts.
 */
export class Conversation {
  readonly start: TraceStart;
  /** The name of the trace, for findings. */
  readonly name: string;
  hello: HelloEvent | undefined;
  /** When each of these happened, in µs. */
  closeSent: number | undefined;
  closeAnswered: number | undefined;
  stdinEnded: number | undefined;
  stdoutEnded: number | undefined;
  /** The time of the last event; of the last request or response. */
  last = 0;
  lastMessage = 0;
  /** The first signal that the recorder got: what comes after it is nobody's fault. */
  signal: { readonly name: string; readonly at: number } | undefined;
  /** The program has written what go can't read; whatever came after it isn't in the trace as messages. */
  isUnreadable = false;
  /** The requests without a response, in the order in which they were sent. */
  readonly open = new Map<Int64, OpenRequest>();
  /** The IDs of all requests. */
  readonly ids = new IDSet();
  requests = 0;
  highest: Int64 = 0;
  /** The put whose body hasn't come yet. */
  unfinished: RequestEvent | undefined;
  /** The last hit of each action since its last put. */
  readonly hits = new Recent<EarlierHit>(remembered);
  /** The size of each output that was put whole. */
  readonly sizes = new Recent<number>(remembered);
  /** The length of the last body of each action, if it wasn't its BodySize. */
  readonly wrongSizes = new Recent<number>(remembered);
  readonly #entries = new Recent<Entry>(remembered);

  constructor(start: TraceStart, name: string) {
    this.start = start;
    this.name = name;
  }

  /** Whether what is missing isn't the program's fault: somebody has interrupted it, or it may be there. */
  get isBlurred(): boolean {
    return this.signal !== undefined || this.isUnreadable;
  }

  /** Takes note of an event, after the rules have seen it. */
  take(event: Exclude<TraceEvent, TraceStart>): void {
    this.last = event.at;
    if (event.kind === "hello") this.hello ??= event;
    else if (event.kind === "request") this.#request(event);
    else if (event.kind === "body") this.#body(event);
    else if (event.kind === "response") this.#response(event);
    else if (event.kind === "signal") this.signal ??= event;
    else if (event.kind === "raw") this.isUnreadable ||= event.from === "program";
    else if (event.kind === "end" && event.of === "stdin") this.stdinEnded ??= event.at;
    else if (event.kind === "end") this.stdoutEnded ??= event.at;
  }

  #request(event: RequestEvent): void {
    const { id, command, action = "" } = event;
    const entry = command === "get" ? this.#entries.get(action) : undefined;
    this.open.set(id, { event, number: this.requests++, entry });
    this.ids.add(id);
    if (id > this.highest) this.highest = id;
    this.unfinished = command === "put" && (event.size ?? 0) > 0 ? event : undefined;
    this.lastMessage = event.at;
    if (command === "close") this.closeSent ??= event.at;
    if (command !== "put") return;
    // Until it has its response, nobody knows which body the action has.
    this.#entries.delete(action);
    this.hits.delete(action);
    this.wrongSizes.delete(action);
  }

  #body(event: BodyEvent): void {
    const open = this.open.get(event.id);
    if (open === undefined) return;
    open.body = event;
    if (this.unfinished?.id === event.id) this.unfinished = undefined;
    const { action = "", output, size } = open.event;
    if (event.size !== undefined) this.wrongSizes.set(action, event.size);
    const isWhole = event.sha256 === undefined && event.size === undefined;
    if (isWhole && output !== undefined && size !== undefined) this.sizes.set(output, size);
  }

  #response(event: ResponseEvent): void {
    const open = this.open.get(event.id);
    this.lastMessage = event.at;
    if (open === undefined) return;
    this.open.delete(event.id);
    const { command, action = "", output = "", size = 0, at } = open.event;
    if (command === "close") this.closeAnswered ??= event.at;
    else if (command === "get" && isHit(event)) this.hits.set(action, { time: event.time, at: event.at });
    else if (command === "put" && !event.error && event.path && isAsSaid(open))
      this.#entries.set(action, { output, size, sent: at, answered: event.at });
  }
}

/** Whether a response to a get is meant as a hit. One that says nothing at all is a miss without Miss. */
export function isHit({ miss, error, output, size, path }: ResponseEvent): boolean {
  return !miss && !error && Boolean(output || size || path);
}

/** Whether the body of a put is what the put says of it. */
export function isAsSaid({ body }: Pick<OpenRequest, "body">): boolean {
  return body?.sha256 === undefined && body?.size === undefined;
}
