import type { GraphAction } from "../names/graph.ts";
import type { DiffTrace } from "./trace-diff.ts";

/** An action of one of the graphs, with those that it depends on. Only builds and links have ids. */
export interface Node {
  readonly action: GraphAction;
  /** By mode and package. */
  readonly deps: ReadonlyMap<string, Node>;
}

/** The builds and links of all graphs of a side, by mode and package, each action id once. */
export function nodesOf(traces: readonly DiffTrace[]): ReadonlyMap<string, readonly Node[]> {
  const byKey = new Map<string, Node[]>();
  for (const { names } of traces)
    for (const node of nodesOfGraph(names.graph)) {
      const known = byKey.getOrInsertComputed(keyOf(node), () => []);
      if (!known.some(({ action }) => action.action === node.action.action)) known.push(node);
    }
  return byKey;
}

export function keyOf({ action: { mode, package: path } }: Node): string {
  return `${mode} ${path}`;
}

/** What the build made, as far as it matters to those that depend on it; "" if it failed. */
export function contentOf({ action: { buildID } }: Node): string {
  return buildID.split("/").at(-1) ?? "";
}

function nodesOfGraph(graph: readonly GraphAction[]): readonly Node[] {
  const all = graph.map((action) => ({ action, deps: new Map<string, Node>() }));
  for (const { action, deps } of all)
    for (const id of action.deps) {
      const dep = all[id];
      if (dep !== undefined && dep.action.action !== "") deps.set(keyOf(dep), dep);
    }
  return all.filter(({ action }) => action.action !== "");
}
