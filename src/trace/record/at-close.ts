import type { Int64 } from "../../wire/messages.ts";
import type { TraceEvent } from "../events.ts";
import { type GraphAction, headsNeeded, parseGraph, readHead } from "../names/index.ts";

/** How many bodies are remembered for their heads, and how many actions to tell whose graph it is: these bound the memory. */
const [mostBodies, mostActions] = [50_000, 2_000];

/** How many hex digits of an action id its graph has. */
const short = 30;

/**
 * What names the actions of a trace, taken when go is done: its action graph, and the heads of the bodies that the graph
 * doesn't name.
 */
export class Namings {
  readonly #readGraph: () => string | undefined;
  /** The actions of the requests without a response. */
  readonly #open = new Map<Int64, string>();
  /** The beginnings of the first actions. */
  readonly #actions = new Set<string>();
  /** The file of a body, by action. */
  readonly #paths = new Map<string, string>();

  /** @param readGraph returns the action graph as JSON, if there is one */
  constructor(readGraph: () => string | undefined) {
    this.#readGraph = readGraph;
  }

  /** Takes note of the body that an event tells. */
  note(event: TraceEvent): void {
    if (event.kind === "request" && event.action !== undefined) {
      this.#open.set(event.id, event.action);
      if (this.#actions.size < mostActions) this.#actions.add(event.action.slice(0, short));
    } else if (event.kind === "response") {
      const action = this.#open.get(event.id);
      this.#open.delete(event.id);
      const isNew = action !== undefined && event.path !== undefined && this.#paths.size < mostBodies;
      if (isNew) this.#paths.set(action, event.path);
    }
  }

  /** The events for what is known now, in small steps, some of which give none. */
  *take(at: number): Generator<TraceEvent | undefined, void, undefined> {
    const text = this.#readGraph();
    yield undefined;
    const graph = text === undefined ? [] : parsed(text);
    const isOurs = this.#isOurs(graph);
    yield undefined;
    if (text !== undefined && isOurs) yield { kind: "graph", at, text };
    for (const action of headsNeeded(this.#paths.keys(), isOurs ? graph : [])) {
      const head = readHead(this.#paths.get(action) ?? "");
      yield head === undefined ? undefined : { kind: "head", at, action, text: head };
    }
  }

  /** Whether this go wrote it, when it was done: another one may have written the same file meanwhile. */
  #isOurs(graph: readonly GraphAction[]): boolean {
    return graph.some(({ action }) => this.#actions.has(action));
  }
}

function parsed(text: string): readonly GraphAction[] {
  try {
    return parseGraph(text);
  } catch {
    return []; // whoever reads the trace is told why
  }
}
