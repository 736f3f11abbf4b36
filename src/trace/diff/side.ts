import type { ActionKind, ActionName } from "../names/action-name.ts";
import { showName } from "../names/show-name.ts";
import { latencyOf } from "../report/named.ts";
import type { TracedRequest } from "../requests.ts";
import type { DiffTrace } from "./trace-diff.ts";

/** An entry of a cache, as one build saw it. */
export interface Entry {
  readonly name: ActionName | undefined;
  readonly action: string;
  /** Of the last get; stored if there was only a put. */
  outcome: string;
  /** The OutputIDs that were hits or put, in hex. */
  readonly outputs: string[];
  time: number;
  bytes: number;
}

/**
 * Kinds that a build asks for by themselves. The others come with one of these: nobody asks for the output of a build that
 * isn't there.
 */
const main: ReadonlySet<ActionKind> = new Set([
  "build",
  "link",
  "vet",
  "test inputs",
  "test output",
  "index",
  "compiler",
  "profile",
] as const);

/** One of two builds: the entries that its go processes asked for or put. */
export class Side {
  readonly entries = new Map<string, Entry>();
  /** The main entries by name; there are several where a package is built in several ways. */
  readonly named: ReadonlyMap<string, readonly Entry[]>;
  /** When its first process started, in ms since 1970. */
  readonly started: number;

  constructor(traces: readonly DiffTrace[]) {
    for (const { trace, names } of traces)
      for (const request of trace.requests)
        if (request.action !== "") this.#add(request, names.of(request.action));
    this.started = Math.min(...traces.map(({ trace }) => Date.parse(trace.start.time)));
    const named = [...this.entries.values()].filter(({ name }) => name !== undefined && main.has(name.kind));
    this.named = Map.groupBy(named, ({ name }) => (name === undefined ? "" : showName(name)));
  }

  #add(request: TracedRequest, name: ActionName | undefined): void {
    const { action, command, outcome, output, size } = request;
    const entry = this.entries.getOrInsertComputed(action, () => {
      return { name, action, outcome, outputs: [], time: 0, bytes: 0 };
    });
    if (command === "get") entry.outcome = outcome;
    if (outcome === "hit" || outcome === "stored") addOnce(entry.outputs, output);
    entry.time += latencyOf(request);
    if (command === "put") entry.bytes += size;
  }
}

/** Nearly all entries have one output: a set of each would take most of the memory of a comparison. */
function addOnce(outputs: string[], output: string): void {
  if (!outputs.includes(output)) outputs.push(output);
}
