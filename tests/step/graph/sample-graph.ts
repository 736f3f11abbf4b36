import type { Random } from "../../../fixtures/random.ts";
import { stepDefinition } from "../../../src/step/definition.ts";
import { type GraphStep, type StepGraph, stepGraph } from "../../../src/step/graph/graph.ts";

/** A step with this id. */
export function step(id: string, dependencies: readonly string[] = []): GraphStep {
  const options = { name: id, command: "true", inputs: [], outputs: [], dependsOn: dependencies };
  return { id, definition: stepDefinition(options, { directory: "/project" }), dependencies };
}

/** The graph of these steps: each name with those it depends on. */
export function graphOf(dependencies: Readonly<Record<string, readonly string[]>>): StepGraph {
  return stepGraph(Object.entries(dependencies).map(([id, needed]) => step(id, needed)));
}

/** Steps that depend on each other without a circle, in any order. */
export function randomSteps(random: Random, most = 30): GraphStep[] {
  const density = random.below(60);
  const steps: GraphStep[] = [];
  for (let at = random.below(most); at >= 0; at--) {
    const needed = steps.filter(() => random.percent(density)).map(({ id }) => id);
    steps.splice(random.below(steps.length + 1), 0, step(`s${at}`, needed));
  }
  return steps;
}
