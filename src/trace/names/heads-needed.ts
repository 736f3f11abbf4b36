import { shortDigits, subkeyOf } from "./go/ids.ts";
import type { GraphAction } from "./graph.ts";

/**
 * The actions that may need a head event: those that the action graph doesn't name, and others, such as lists of source files,
 * which name more. Pass the path of each one's body to {@link readHead}: most of what vet writes has none.
 *
 * @param actions the action ids of a go process that have a body, in hex
 * @param graph its action graph; empty if there is none
 */
export function headsNeeded(actions: Iterable<string>, graph: readonly GraphAction[]): readonly string[] {
  const all = [...new Set(actions)];
  const inGraph = new Set(graph.map(({ action }) => action));
  const whole = all.filter((action) => inGraph.has(action.slice(0, shortDigits)));
  // The usual one of the others; the heads of the rest cost less than to compute them.
  const named = new Set([...whole, ...whole.map((action) => subkeyOf(action, "stdout"))]);
  return all.filter((action) => !named.has(action));
}
