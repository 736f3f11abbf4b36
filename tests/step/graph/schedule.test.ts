import { describe, expect, test } from "bun:test";
import { Random } from "../../../fixtures/random.ts";
import { ArgumentError } from "../../../src/errors.ts";
import { type StepGraph, stepGraph } from "../../../src/step/graph/graph.ts";
import { type ScheduleOptions, type ScheduleResult, schedule } from "../../../src/step/graph/schedule.ts";
import { graphOf, randomSteps } from "./sample-graph.ts";

/** A schedule whose steps end when the test says so. A step's result is its id in capitals. */
class Building {
  /** Ids of the steps that run, in the order in which they started. */
  readonly running = new Map<string, PromiseWithResolvers<string>>();
  readonly started: string[] = [];
  readonly given = new Map<string, Readonly<Record<string, string>>>();
  readonly signals = new Set<AbortSignal>();
  readonly result: Promise<ScheduleResult<string>>;
  ended = false;

  constructor(graph: StepGraph, options?: ScheduleOptions) {
    this.result = schedule<string>(
      graph,
      ({ id }, dependencies, signal) => {
        this.started.push(id);
        this.given.set(id, Object.fromEntries(dependencies));
        this.signals.add(signal);
        const ending = Promise.withResolvers<string>();
        this.running.set(id, ending);
        return ending.promise;
      },
      options,
    ).finally(() => (this.ended = true));
  }

  get now(): string {
    return [...this.running.keys()].join(" ");
  }

  async end(id: string): Promise<void> {
    this.#take(id).resolve(id.toUpperCase());
    await settled();
  }

  async fail(id: string): Promise<void> {
    this.#take(id).reject(new Error(`${id} is broken`));
    await settled();
  }

  /** What became of each step, in short. */
  async summary(): Promise<Readonly<Record<string, string>>> {
    const { outcomes } = await this.result;
    return Object.fromEntries(
      [...outcomes].map(([id, outcome]) => {
        if (outcome.status === "done") return [id, outcome.result];
        if (outcome.status !== "skipped") return [id, `${outcome.status}: ${outcome.error}`];
        const { because } = outcome;
        return [id, `skipped: ${because.kind}${because.kind === "abort" ? "" : ` ${because.step}`}`];
      }),
    );
  }

  #take(id: string): PromiseWithResolvers<string> {
    const ending = this.running.get(id);
    if (ending === undefined) throw new Error(`${id} doesn't run; ${this.now} do`);
    this.running.delete(id);
    return ending;
  }
}

/** Lets everything that waits for settled promises go on. */
async function settled(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setImmediate(resolve);
  await promise;
}

const diamond = graphOf({ base: [], left: ["base"], right: ["base"], top: ["right", "left"] });

describe("steps run", () => {
  test("after those they depend on, with their results, and each once", async () => {
    const building = new Building(diamond, { jobs: 8 });
    expect(building.now).toBe("base");
    await building.end("base");
    expect(building.now).toBe("left right");
    await building.end("right");
    expect(building.now).toBe("left");
    await building.end("left");
    expect(building.now).toBe("top");
    expect(building.ended).toBe(false);
    await building.end("top");
    expect(building.started).toEqual(["base", "left", "right", "top"]);
    expect([...building.given]).toEqual([
      ["base", {}],
      ["left", { base: "BASE" }],
      ["right", { base: "BASE" }],
      ["top", { right: "RIGHT", left: "LEFT" }],
    ]);
    expect(Object.keys(building.given.get("top") ?? {})).toEqual(["right", "left"]);
    const result = await building.result;
    expect(result).toMatchObject({ failed: [], aborted: false });
    expect([...result.outcomes.keys()]).toEqual(["base", "left", "right", "top"]);
  });

  test("at most as many at once as there are jobs, in the graph's order", async () => {
    const building = new Building(graphOf({ a: [], b: [], c: [], d: [] }), { jobs: 2 });
    expect(building.now).toBe("a b");
    await building.end("b");
    expect(building.now).toBe("a c");
    await building.end("c");
    expect(building.now).toBe("a d");
    await building.end("a");
    await building.end("d");
    expect(await building.summary()).toEqual({ a: "A", b: "B", c: "C", d: "D" });
  });

  test("the longest chain first", async () => {
    const chains = { short: [], one: [], two: ["one"], three: ["two"], x: [], y: ["x"] };
    const building = new Building(graphOf(chains), { jobs: 1 });
    for (const id of ["one", "two", "x", "short", "three", "y"]) {
      expect(building.now).not.toBe("");
      await building.end(building.now);
      expect(building.started).toContain(id);
    }
    expect(building.started).toEqual(["one", "two", "x", "short", "three", "y"]);
  });

  test("as many at once as there are processors, if nobody says", async () => {
    const graph = graphOf(Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`s${at}`, []])));
    const building = new Building(graph);
    expect(building.running.size).toBe(navigator.hardwareConcurrency);
    for (let id = building.started[0]; id !== undefined; [id] = building.running.keys())
      await building.end(id);
    expect(building.started).toHaveLength(1000);
    const all = new Building(graph, { jobs: Number.POSITIVE_INFINITY });
    expect(all.running.size).toBe(1000);
    for (const id of all.started) await all.end(id);
  });

  test("with a function that returns a value, or throws", async () => {
    const result = await schedule(graphOf({ a: [], b: [] }), ({ id }) => {
      if (id === "b") throw new Error("no");
      return id;
    });
    expect([...result.outcomes.values()]).toEqual([
      { status: "done", result: "a" },
      { status: "failed", error: new Error("no") },
    ]);
  });

  test("not at all, in a graph without any", async () => {
    expect(await schedule(graphOf({}), () => 1)).toEqual({ outcomes: new Map(), failed: [], aborted: false });
  });

  test.each([0, -1, 1.5, Number.NaN])("not with %p jobs", async (jobs) => {
    const run = schedule(diamond, () => expect.unreachable(), { jobs });
    await expect(run).rejects.toThrow(
      new ArgumentError(`option jobs is ${jobs}; expected a whole number above 0`),
    );
  });
});

describe("after a failure", () => {
  const graph = graphOf({ a: [], b: [], c: [], d: ["a"], e: ["d"], f: ["b"] });

  test("no step starts, and what runs is waited for", async () => {
    const building = new Building(graph, { jobs: 2 });
    expect(building.now).toBe("a b");
    await building.fail("a");
    expect(building.now).toBe("b");
    expect(building.ended).toBe(false);
    await building.end("b");
    expect(await building.summary()).toEqual({
      a: "failed: Error: a is broken",
      b: "B",
      c: "skipped: failure a",
      d: "skipped: dependency a",
      e: "skipped: dependency a",
      f: "skipped: failure a",
    });
    expect(await building.result).toMatchObject({ failed: ["a"], aborted: false });
    expect([...building.signals].map(({ aborted }) => aborted)).toEqual([false]);
  });

  test("what doesn't depend on it runs, with keepGoing", async () => {
    const building = new Building(graph, { jobs: 2, keepGoing: true });
    await building.fail("a");
    expect(building.now).toBe("b c");
    await building.fail("c");
    await building.end("b");
    await building.end("f");
    expect(await building.summary()).toEqual({
      a: "failed: Error: a is broken",
      b: "B",
      c: "failed: Error: c is broken",
      d: "skipped: dependency a",
      e: "skipped: dependency a",
      f: "F",
    });
    expect((await building.result).failed).toEqual(["a", "c"]);
  });

  test("a second one counts, and the first is the reason", async () => {
    const building = new Building(graph, { jobs: 2 });
    await building.fail("b");
    await building.fail("a");
    const { failed } = await building.result;
    expect(failed).toEqual(["b", "a"]);
    expect(await building.summary()).toMatchObject({ c: "skipped: failure b", d: "skipped: dependency a" });
  });
});

describe("after the signal fires", () => {
  test("no step starts, and what runs is waited for", async () => {
    const controller = new AbortController();
    const building = new Building(graphOf({ a: [], b: [], c: [], d: ["a"] }), {
      jobs: 2,
      signal: controller.signal,
    });
    controller.abort();
    await settled();
    expect(building.ended).toBe(false);
    await building.end("a");
    expect(building.now).toBe("b");
    await building.fail("b");
    expect(await building.summary()).toEqual({
      a: "A",
      b: "aborted: Error: b is broken",
      c: "skipped: abort",
      d: "skipped: abort",
    });
    expect(await building.result).toMatchObject({ failed: [], aborted: true });
    expect([...building.signals]).toEqual([controller.signal]);
  });

  test("no step starts, if it had fired before", async () => {
    const building = new Building(diamond, { signal: AbortSignal.abort() });
    expect(building.started).toEqual([]);
    expect((await building.result).aborted).toBe(true);
  });

  test("no step starts, if a step fires it as it starts", async () => {
    const controller = new AbortController();
    const run = ({ id }: { id: string }) => {
      controller.abort();
      return id;
    };
    const { outcomes } = await schedule(graphOf({ a: [], b: [] }), run, {
      jobs: 2,
      signal: controller.signal,
    });
    expect(outcomes.get("a")).toEqual({ status: "done", result: "a" });
    expect(outcomes.get("b")).toEqual({ status: "skipped", because: { kind: "abort" } });
  });

  test("with the last step, nothing was aborted", async () => {
    const controller = new AbortController();
    const building = new Building(graphOf({ a: [] }), { signal: controller.signal });
    controller.abort();
    await building.end("a");
    expect(await building.result).toMatchObject({ failed: [], aborted: false });
  });

  test("what a failure skipped before stays so", async () => {
    const controller = new AbortController();
    const options = { jobs: 2, keepGoing: true, signal: controller.signal };
    const building = new Building(graphOf({ a: [], b: [], c: ["a"], d: ["b"] }), options);
    await building.fail("a");
    controller.abort();
    await building.end("b");
    expect(await building.summary()).toMatchObject({ c: "skipped: dependency a", d: "skipped: abort" });
  });
});

/** The length of the longest chain that begins with each step, the plain way. */
function chains({ steps }: StepGraph): Map<string, number> {
  const length = (id: string): number =>
    1 +
    Math.max(
      0,
      ...steps.filter(({ dependencies }) => dependencies.includes(id)).map((next) => length(next.id)),
    );
  return new Map(steps.map(({ id }) => [id, length(id)]));
}

describe("in any graph, whatever ends when,", () => {
  test.each([false, true])(
    "no slot is idle, no step is early, and the skipped are right (keepGoing: %p)",
    async (keepGoing) => {
      for (let seed = 0; seed < 300; seed++) {
        const random = new Random(seed);
        const graph = stepGraph(randomSteps(random, 16));
        const jobs = 1 + random.below(4);
        const building = new Building(graph, { jobs, keepGoing });
        const length = chains(graph);
        const order = graph.steps.map(({ id }) => id);
        const broken = new Set(order.filter(() => random.percent(random.below(20))));
        const [done, failed] = [new Set<string>(), new Set<string>()];
        const startable = () =>
          graph.steps
            .filter(
              ({ id, dependencies }) =>
                !building.started.includes(id) && dependencies.every((needed) => done.has(needed)),
            )
            .map(({ id }) => id);
        while (building.running.size > 0) {
          expect(building.running.size).toBeLessThanOrEqual(jobs);
          if (keepGoing || failed.size === 0)
            expect(building.running.size === jobs || startable().length === 0).toBe(true);
          const [first = ""] = building.running.keys();
          const id = random.pick([first, ...building.running.keys()]);
          const before = building.started.length;
          if (broken.has(id)) failed.add(id);
          else done.add(id);
          const expected =
            keepGoing || failed.size === 0
              ? startable()
                  .toSorted(
                    (a, b) =>
                      (length.get(b) ?? 0) - (length.get(a) ?? 0) || order.indexOf(a) - order.indexOf(b),
                  )
                  .slice(0, jobs - building.running.size + 1)
              : [];
          await (broken.has(id) ? building.fail(id) : building.end(id));
          expect(building.started.slice(before)).toEqual(expected);
        }
        const { outcomes, failed: failures } = await building.result;
        expect(failures).toEqual([...failed]);
        expect([...outcomes.keys()]).toEqual(order);
        for (const { id, dependencies } of graph.steps) {
          const outcome = outcomes.get(id);
          const skipped = outcome?.status === "skipped" ? outcome.because : undefined;
          expect(outcome?.status).toBe(done.has(id) ? "done" : failed.has(id) ? "failed" : "skipped");
          if (skipped === undefined) continue;
          const bad = dependencies.some((needed) => {
            const other = outcomes.get(needed);
            return failed.has(needed) || (other?.status === "skipped" && other.because.kind === "dependency");
          });
          expect(skipped.kind).toBe(bad ? "dependency" : "failure");
          if (skipped.kind !== "abort") expect(failed).toContain(skipped.step);
        }
      }
    },
  );
});
