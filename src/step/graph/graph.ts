import { ArgumentError } from "../../errors.ts";
import type { StepDefinition } from "../definition.ts";

/** A step of a graph. */
export interface GraphStep {
  /** "packages/lib:build", or ":build" in the root. */
  readonly id: string;
  readonly definition: StepDefinition;
  /** The ids of the steps that `definition.dependsOn` refers to, in its order, each once. */
  readonly dependencies: readonly string[];
}

/** Steps in an order in which each comes after those it depends on. */
export interface StepGraph {
  /**
   * The given order, except that dependencies come first: they come just before the first step that needs them, in the
   * order of its `dependsOn`. So the order depends on nothing but the definitions.
   */
  readonly steps: readonly GraphStep[];
  readonly byID: ReadonlyMap<string, GraphStep>;
}

/**
 * Puts steps in order.
 *
 * @throws {ArgumentError} if steps depend on each other in a circle, which the message shows; if two have the same id; or if
 * a dependency isn't among them
 */
export function stepGraph(steps: Iterable<GraphStep>): StepGraph {
  const byID = new Map<string, GraphStep>();
  for (const step of steps) {
    if (byID.has(step.id)) throw new ArgumentError(`two steps have the id ${JSON.stringify(step.id)}`);
    byID.set(step.id, step);
  }
  return { steps: [...ordered(byID)], byID };
}

/** The steps, depth first. The path is kept here, because a long chain would overflow the call stack. */
function ordered(byID: ReadonlyMap<string, GraphStep>): Set<GraphStep> {
  const done = new Set<GraphStep>();
  /** From a first step to the one whose dependencies are being visited, and how many of them were. */
  const path: { readonly step: GraphStep; visited: number }[] = [];
  const onPath = new Set<GraphStep>();
  const enter = (step: GraphStep) => {
    path.push({ step, visited: 0 });
    onPath.add(step);
  };
  for (const first of byID.values()) {
    if (!done.has(first)) enter(first);
    for (let last = path.at(-1); last !== undefined; last = path.at(-1)) {
      const id = last.step.dependencies[last.visited++];
      if (id === undefined) {
        path.pop();
        onPath.delete(last.step);
        done.add(last.step);
        continue;
      }
      const dependency = byID.get(id);
      if (dependency === undefined)
        throw new ArgumentError(
          `step ${JSON.stringify(last.step.id)} depends on ${JSON.stringify(id)}, which isn't there`,
        );
      if (onPath.has(dependency))
        throw circle(
          path.map(({ step }) => step.id),
          id,
        );
      if (!done.has(dependency)) enter(dependency);
    }
  }
  return done;
}

function circle(path: readonly string[], again: string): ArgumentError {
  const shown = [...path.slice(path.indexOf(again)), again].join(" -> ");
  return new ArgumentError(`steps depend on each other in a circle: ${shown}; expected an end`);
}
