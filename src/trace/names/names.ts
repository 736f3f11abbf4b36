import { CacheProgError } from "../../errors.ts";
import type { Trace } from "../trace.ts";
import type { ActionKind, ActionName } from "./action-name.ts";
import { Claims } from "./claims.ts";
import { nameByHead } from "./content.ts";
import { claimGenerated, claimGraph, subkeyOf } from "./derived.ts";
import { type GraphAction, parseGraph } from "./graph.ts";

/** The names of the actions of a trace. */
export interface Names {
  /** The name of an action id, in hex. Undefined: nothing names it, or two rules name it differently. */
  of(action: string): ActionName | undefined;
  /** How many different action ids the trace has, and which of them have no name. */
  readonly ids: number;
  readonly unnamed: readonly string[];
  /** How many ids there are of each kind. */
  readonly kinds: ReadonlyMap<ActionKind, number>;
  /** The action graph; empty if the trace has none, or one that can't be read: then `problem` says why. */
  readonly graph: readonly GraphAction[];
  readonly problem: string | undefined;
}

/** Names the action ids of a trace. It never guesses. */
export function nameActions(trace: Trace): Names {
  const actions = new Set(trace.requests.map(({ action }) => action).filter((action) => action !== ""));
  const { graph, problem } = readGraph(trace.graph);
  const claims = new Claims();
  for (const [id, action] of claimGraph(claims, graph, actions)) {
    const sources = trace.heads.get(subkeyOf(action, "srcfiles"));
    if (sources !== undefined) claimGenerated(claims, action, graph[id]?.package ?? "", sources);
  }
  for (const [action, head] of trace.heads) {
    const name = claims.has(action) ? undefined : nameByHead(head);
    if (name !== undefined) claims.claim(action, name);
  }
  return new Named(actions, claims, graph, problem);
}

function readGraph(text: string | undefined): Pick<Names, "graph" | "problem"> {
  if (text === undefined) return { graph: [], problem: undefined };
  try {
    return { graph: parseGraph(text), problem: undefined };
  } catch (error) {
    if (error instanceof CacheProgError) return { graph: [], problem: error.message };
    throw error;
  }
}

class Named implements Names {
  readonly ids: number;
  readonly unnamed: readonly string[];
  readonly kinds: ReadonlyMap<ActionKind, number>;
  readonly graph: readonly GraphAction[];
  readonly problem: string | undefined;
  readonly #claims: Claims;

  constructor(
    actions: ReadonlySet<string>,
    claims: Claims,
    graph: readonly GraphAction[],
    problem: string | undefined,
  ) {
    this.#claims = claims;
    this.ids = actions.size;
    this.unnamed = [...actions].filter((action) => claims.of(action) === undefined);
    this.graph = graph;
    this.problem = problem;
    const kinds = new Map<ActionKind, number>();
    for (const action of actions) {
      const kind = claims.of(action)?.kind;
      if (kind !== undefined) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    this.kinds = kinds;
  }

  of(action: string): ActionName | undefined {
    return this.#claims.of(action);
  }
}
