import { Claims } from "./claims.ts";
import type { GraphAction } from "./graph.ts";
import { claimGraph } from "./rules/derived.ts";

/**
 * The actions that may need a head event: those that the action graph doesn't name, and the lists of source files, which
 * name others. Pass the path of each one's body to {@link readHead}: most of what vet writes has none.
 *
 * @param actions the action ids of a go process that have a body, in hex
 * @param graph its action graph; empty if there is none
 */
export function headsNeeded(actions: Iterable<string>, graph: readonly GraphAction[]): readonly string[] {
  const all = new Set(actions);
  const claims = new Claims();
  claimGraph(claims, graph, all);
  return [...all].filter((action) => {
    const name = claims.of(action);
    return name === undefined || name.kind === "sources";
  });
}
