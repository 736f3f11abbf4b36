import type { Outcome, TracedRequest } from "../../requests.ts";
import type { Trace } from "../../trace.ts";
import { type ActionNames, latencyOf, type NamedTrace } from "../named.ts";
import type { OutcomeSummary, ProcessSummary, SlowRequest, Summary } from "../summary.ts";
import { Counter, GroupCounter } from "./counter.ts";
import { combined, timeOf } from "./in-flight.ts";
import { Samples } from "./samples.ts";

/** How many of the slowest requests a summary has. */
const mostSlow = 20;

/** The requests of one command and outcome. */
class OutcomeCounter {
  readonly command: string;
  readonly outcome: Outcome;
  readonly #latencies = new Samples();
  #bytes = 0;

  constructor({ command, outcome }: TracedRequest) {
    this.command = command;
    this.outcome = outcome;
  }

  add(request: TracedRequest): void {
    this.#latencies.add(latencyOf(request));
    this.#bytes += request.size;
  }

  get summary(): OutcomeSummary {
    const { command, outcome } = this;
    return { command, outcome, bytes: this.#bytes, latency: this.#latencies.latency() };
  }
}

/** Makes a summary of traces, one after another. It keeps a few numbers of each request, and nothing else of a trace. */
export class SummaryCollector {
  readonly #processes: ProcessSummary[] = [];
  readonly #total = new Counter();
  readonly #outcomes = new Map<string, OutcomeCounter>();
  readonly #kinds = new GroupCounter();
  readonly #packages = new GroupCounter();
  readonly #hitSizes = new Samples();
  readonly #putSizes = new Samples();
  readonly #named = new Set<string>();
  readonly #unnamed = new Set<string>();
  #withoutGraph = 0;
  #slowest: SlowRequest[] = [];

  /** Adds a trace. Add them by the time of their start. */
  add({ trace, names }: NamedTrace): void {
    const process = this.#processes.length;
    if (trace.graph === undefined) this.#withoutGraph++;
    const own = new Counter();
    for (const request of trace.requests) {
      own.add(request);
      this.#count(request, names);
    }
    const slow = slowestOf(trace.requests).map((request) => slowRequest(request, process, names));
    this.#slowest = [...this.#slowest, ...slow].sort((a, b) => b.latency - a.latency).slice(0, mostSlow);
    this.#processes.push(processSummary(trace, own));
  }

  #count(request: TracedRequest, names: ActionNames): void {
    const { command, outcome, action, size } = request;
    this.#total.add(request);
    this.#outcomes
      .getOrInsertComputed(`${outcome} ${command}`, () => new OutcomeCounter(request))
      .add(request);
    if (outcome === "hit") this.#hitSizes.add(size);
    if (command === "put") this.#putSizes.add(size);
    if (action === "") return;
    const name = names.of(action);
    this.#kinds.add(name?.kind ?? "", request);
    this.#packages.add(name?.package ?? "", request);
    (name === undefined ? this.#unnamed : this.#named).add(action);
  }

  get summary(): Summary {
    const outcomes = [...this.#outcomes.values()].map(({ summary }) => summary);
    return {
      processes: [...this.#processes],
      requests: this.#processes.reduce((total, { requests }) => total + requests, 0),
      total: this.#total.counts,
      outcomes: outcomes.sort((a, b) => b.latency.count - a.latency.count),
      kinds: this.#kinds.groups,
      packages: this.#packages.groups,
      time: combined(this.#processes.map(({ time }) => time)),
      sizes: { hit: this.#hitSizes.sizes(), put: this.#putSizes.sizes() },
      slowest: [...this.#slowest],
      actions: {
        named: this.#named.size,
        unnamed: this.#unnamed.difference(this.#named).size,
        withoutGraph: this.#withoutGraph,
      },
    };
  }
}

function processSummary({ name, start, hello, requests, end }: Trace, counter: Counter): ProcessSummary {
  const { pid, command = [], directory = "", version = "" } = start.go;
  return {
    file: name,
    started: start.time,
    pid,
    command,
    directory,
    version,
    program: start.program,
    hello: hello?.at,
    requests: requests.length,
    total: counter.counts,
    time: timeOf(requests, end),
  };
}

/** In one pass: sorting all requests would take longer than all the rest. */
function slowestOf(requests: readonly TracedRequest[]): readonly TracedRequest[] {
  const found: TracedRequest[] = [];
  for (const request of requests) {
    const last = found.at(-1);
    const isSlower = last === undefined || found.length < mostSlow || latencyOf(request) > latencyOf(last);
    if (!isSlower) continue;
    const at = found.findIndex((other) => latencyOf(other) < latencyOf(request));
    found.splice(at === -1 ? found.length : at, 0, request);
    if (found.length > mostSlow) found.pop();
  }
  return found;
}

function slowRequest(request: TracedRequest, process: number, names: ActionNames): SlowRequest {
  const { number, command, outcome, action, size, sent } = request;
  const name = names.of(action);
  return {
    process,
    number,
    command,
    outcome,
    action,
    kind: name?.kind ?? "",
    package: name?.package ?? "",
    file: name?.file ?? "",
    size,
    sent,
    latency: latencyOf(request),
  };
}
