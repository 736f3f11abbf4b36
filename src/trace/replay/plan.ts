import { CacheProgError } from "../../errors.ts";
import type { TraceEvent } from "../events.ts";
import { readTrace } from "../read.ts";
import { RequestJoin, type TracedRequest } from "../requests.ts";
import type { RecordedOrder } from "./order.ts";

/** The largest body that is made, in bytes. */
const largestBody = 4 * 1024 ** 3;

/** A body of a plan. */
export interface PlannedBody {
  /** Its place in {@link ReplayPlan.bodies}. */
  readonly index: number;
  /** In bytes. */
  readonly size: number;
}

/** A call: a put if it has a body, otherwise a get. */
export interface Call {
  /** The number of the action, from 0. */
  readonly action: number;
  /** The body that is put. */
  readonly body?: PlannedBody;
}

/** A call as it was recorded. */
export interface PlannedCall extends Call {
  /** As it was recorded. */
  readonly request: TracedRequest;
  /** Of a get: the body that the action has by then; undefined if it has none, so a miss is expected. */
  readonly finds?: PlannedBody;
  /** Whether that is a body that was there before, and not one that the trace puts. */
  readonly isPrepared?: boolean;
}

/** The gets and puts of a trace, and what has to be there before. */
export interface ReplayPlan {
  /** The file, for messages. */
  readonly name: string;
  /** The gets and puts, in the order in which they were sent. */
  readonly calls: readonly PlannedCall[];
  /** When they were sent and answered in the recording. */
  readonly recording: RecordedOrder;
  /** The puts of what was there before: of actions that hit although the trace hadn't put them. */
  readonly prepared: readonly Required<Call>[];
  /** The action ids, by their numbers, in hex. */
  readonly actions: readonly string[];
  /** The bodies, each once: what was put or hit, by its SHA-256 in hex. */
  readonly bodies: readonly { readonly sha256: string; readonly size: number }[];
  /** Requests other than gets and puts, such as close, which the client sends by itself. */
  readonly others: number;
}

/**
 * Reads what a trace asked, to send it again.
 *
 * @param source a path, or anything with bytes, such as a `Bun.file()`
 * @throws (rejects) {CacheProgError} `BAD_TRACE`: it can't be read, isn't a trace, or has neither get nor put
 */
export async function loadPlan(source: string | Blob): Promise<ReplayPlan> {
  const collected = new Collected();
  for await (const event of readTrace(source)) collected.push(event);
  return plan(typeof source === "string" ? source : "the trace", collected);
}

/** The plan of these events. @throws {CacheProgError} `BAD_TRACE`, as {@link loadPlan} */
export function planOf(name: string, events: Iterable<TraceEvent>): ReplayPlan {
  const collected = new Collected();
  for (const event of events) collected.push(event);
  return plan(name, collected);
}

/** The requests of a trace, and the order of requests and responses. */
class Collected {
  readonly requests: TracedRequest[] = [];
  /** For each request: how many responses came before it. */
  readonly after: number[] = [];
  /** The requests that got a response, in the order of the responses. */
  readonly answered: TracedRequest[] = [];
  readonly #join = new RequestJoin();

  push(event: TraceEvent): void {
    if (event.kind === "request") this.after.push(this.answered.length);
    const done = this.#join.push(event);
    if (done === undefined) return;
    this.requests.push(done);
    if (done.outcome !== "lost") this.answered.push(done);
  }

  /** In the order in which they were sent. */
  all(): readonly TracedRequest[] {
    return [...this.requests, ...this.#join.lost()].sort((a, b) => a.number - b.number);
  }
}

function plan(name: string, collected: Collected): ReplayPlan {
  const all = collected.all();
  const requests = all.filter(isCall);
  if (requests.length === 0)
    throw new CacheProgError("BAD_TRACE", `${name} has no get and no put, so there is nothing to replay`);
  const contents = new Contents(name);
  const calls = requests.map((request) => contents.call(request));
  return {
    name,
    calls,
    recording: recordingOf(requests, collected),
    prepared: contents.prepared,
    actions: [...contents.actions.keys()],
    bodies: contents.bodies,
    others: all.length - requests.length,
  };
}

function isCall({ command, action }: TracedRequest): boolean {
  return (command === "get" || command === "put") && /^[0-9a-f]{64}$/.test(action);
}

/** Follows which action has which body. */
class Contents {
  readonly actions = new Map<string, number>();
  readonly bodies: ReplayPlan["bodies"][number][] = [];
  readonly prepared: Required<Call>[] = [];
  readonly #name: string;
  readonly #indexes = new Map<string, number>();
  /** What each action has now. */
  readonly #current = new Map<number, { readonly body: PlannedBody; readonly isPrepared: boolean }>();

  constructor(name: string) {
    this.#name = name;
  }

  call(request: TracedRequest): PlannedCall {
    const action = this.#action(request.action);
    if (request.command === "put") {
      const body = this.#body(request, request.sha256);
      this.#current.set(action, { body, isPrepared: false });
      return { action, body, request };
    }
    if (request.outcome === "hit" && !this.#current.has(action)) {
      const body = this.#body(request, request.output);
      this.#current.set(action, { body, isPrepared: true });
      this.prepared.push({ action, body });
    }
    const current = this.#current.get(action);
    if (current === undefined) return { action, request };
    return { action, request, finds: current.body, isPrepared: current.isPrepared };
  }

  #action(id: string): number {
    const number = this.actions.get(id) ?? this.actions.size;
    this.actions.set(id, number);
    return number;
  }

  #body({ number, size }: TracedRequest, sha256: string): PlannedBody {
    if (!(size >= 0 && size <= largestBody))
      throw new CacheProgError(
        "BAD_TRACE",
        `${this.#name}: request ${number + 1} has a body of ${size} bytes; expected 0 to ${largestBody}`,
      );
    const key = `${sha256} ${size}`;
    const index = this.#indexes.get(key) ?? this.bodies.length;
    if (index === this.bodies.length) {
      this.bodies.push({ sha256, size });
      this.#indexes.set(key, index);
    }
    return { index, size };
  }
}

function recordingOf(requests: readonly TracedRequest[], { after, answered }: Collected): RecordedOrder {
  const calls = new Map(requests.map(({ number }, call) => [number, call]));
  // How many of the first responses were to calls, by how many there were.
  const counts = [0];
  const answers: RecordedOrder["answers"][number][] = [];
  for (const { number, answered: at } of answered) {
    const call = calls.get(number);
    if (call !== undefined) answers.push({ call, at: at / 1_000 });
    counts.push(answers.length);
  }
  return {
    after: requests.map(({ number }) => counts[after[number] ?? 0] ?? 0),
    sent: requests.map(({ sent }) => sent / 1_000),
    answers,
  };
}
