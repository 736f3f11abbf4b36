import { describe, expect, test } from "bun:test";
import { Random } from "../../../fixtures/random.ts";
import { ArgumentError } from "../../../src/errors.ts";
import { type StepGraph, stepGraph } from "../../../src/step/graph/graph.ts";
import { graphOf, randomSteps, step } from "./sample-graph.ts";

function ids({ steps }: StepGraph): string {
  return steps.map(({ id }) => id).join(" ");
}

describe("steps come after those they depend on, and else in the given order:", () => {
  test.each([
    [{}, ""],
    [{ a: [], b: [], c: [] }, "a b c"],
    [{ a: ["c", "b"], b: [], c: [] }, "c b a"],
    [{ a: ["b"], b: ["c"], c: [], d: ["c"] }, "c b a d"],
    [{ top: ["left", "right"], left: ["base"], right: ["base"], base: [] }, "base left right top"],
  ])("%j", (dependencies, order) => {
    expect(ids(graphOf(dependencies))).toBe(order);
  });

  test("a chain of 50,000", () => {
    const chain = Array.from({ length: 50_000 }, (_, at) =>
      step(`s${at}`, at === 49_999 ? [] : [`s${at + 1}`]),
    );
    expect(stepGraph(chain).steps).toEqual(chain.toReversed());
  });

  test("any graph", () => {
    for (let seed = 0; seed < 500; seed++) {
      const steps = randomSteps(new Random(seed));
      const graph = stepGraph(steps);
      const at = new Map(graph.steps.map(({ id }, index) => [id, index]));
      expect(graph.steps).toHaveLength(steps.length);
      expect(new Set(graph.steps)).toEqual(new Set(steps));
      expect(graph.byID).toEqual(new Map(steps.map((each) => [each.id, each])));
      for (const { id, dependencies } of graph.steps)
        for (const needed of dependencies) expect(at.get(needed)).toBeLessThan(at.get(id) ?? -1);
      // The same definitions give the same order.
      expect(ids(stepGraph(steps))).toBe(ids(graph));
      // In this order already, nothing moves.
      expect(ids(stepGraph(graph.steps))).toBe(ids(graph));
    }
  });
});

describe("a circle is shown:", () => {
  test.each([
    [{ a: ["a"] }, "a -> a"],
    [{ build: ["gen"], gen: ["build"] }, "build -> gen -> build"],
    [{ top: ["ok", "a"], ok: [], a: ["b"], b: ["ok", "c"], c: ["a"] }, "a -> b -> c -> a"],
    [{ ok: [], later: ["ok", "x"], x: ["y"], y: ["x"] }, "x -> y -> x"],
  ])("%j", (dependencies, circle) => {
    expect(() => graphOf(dependencies)).toThrow(
      new ArgumentError(`steps depend on each other in a circle: ${circle}; expected an end`),
    );
  });

  test("in any graph with one more dependency, from a step to one that needs it", () => {
    for (let seed = 0; seed < 500; seed++) {
      const random = new Random(seed);
      const { steps } = stepGraph(randomSteps(random));
      const above = steps.filter(({ dependencies }) => dependencies.length > 0);
      const [high] = above.slice(random.below(above.length));
      if (high === undefined) continue;
      const low = high.dependencies[random.below(high.dependencies.length)];
      const closed = steps.map((each) =>
        each.id === low ? step(each.id, [...each.dependencies, high.id]) : each,
      );
      let message = "";
      try {
        stepGraph(closed);
      } catch (error) {
        message = error instanceof ArgumentError ? error.message : "";
      }
      const [, circle = ""] = /in a circle: (.*); expected an end/.exec(message) ?? [];
      const path = circle.split(" -> ");
      expect(path.length).toBeGreaterThan(1);
      expect(path[0]).toBe(path.at(-1) ?? "");
      expect(new Set(path).size).toBe(path.length - 1);
      path.slice(1).forEach((id, at) => {
        expect(closed.find((each) => each.id === path[at])?.dependencies).toContain(id);
      });
    }
  });
});

test("a dependency that isn't there, and an id that comes twice, are errors", () => {
  expect(() => graphOf({ a: ["b"] })).toThrow(
    new ArgumentError('step "a" depends on "b", which isn\'t there'),
  );
  expect(() => stepGraph([step("a"), step("a")])).toThrow(new ArgumentError('two steps have the id "a"'));
});
