import { afterAll, afterEach, beforeAll, expect, spyOn, test } from "bun:test";
import { Benchmark, type BenchmarkOptions, type Step } from "../../src/bench/benchmark.ts";
import { type Candidate, type Host, ScenarioRunner } from "../../src/bench/scenario-runner.ts";
import { Tally } from "../../src/bench/tally.ts";
import type { Figure } from "../../src/bench/workloads/figure.ts";
import { CacheProg } from "../../src/client/client.ts";
import { CacheProgError } from "../../src/errors.ts";
import { Bodies } from "../../src/trace/replay/bodies.ts";
import { scripted } from "../client/scripted.ts";
import { figure, run } from "./sample.ts";

/*
 * Only the figures move the clock, and one process stands in for every program.
 */
let cache: CacheProg;
beforeAll(async () => {
  cache = await CacheProg.start(scripted('hello(["get"]); for (const _ of requests());'));
});
afterAll(() => cache.close());

let now = 0;
let clock: ReturnType<typeof spyOn<Performance, "now">> | undefined;
afterEach(() => clock?.mockRestore());

const [noOp, one, two] = ["no-op", "one", "two"].map((name): Candidate => ({ name, words: () => [name] }));
const host: Host<AsyncDisposable> = {
  sandbox: async () => ({ [Symbol.asyncDispose]: async () => {} }),
  run: (_words, _sandbox, work) => work(cache),
};

/** A figure that takes the given ms, one run after another. */
function timed(id: string, ...times: number[]): Figure {
  const left = [...times];
  return {
    ...figure(id),
    run: async () => {
      now += left.shift() ?? 0;
      return run(1);
    },
  };
}

function benchmark(
  figures: readonly Figure[],
  options: Partial<BenchmarkOptions>,
): Benchmark<AsyncDisposable> {
  if (noOp === undefined || one === undefined || two === undefined) throw new Error("three are there");
  now = 0;
  clock?.mockRestore();
  clock = spyOn(performance, "now").mockImplementation(() => now);
  return new Benchmark(noOp, [one, two], host, {
    scenarios: figures.map((each) => ({
      name: each.id,
      phases: [{ answer: "hit" as const, figures: [each] }],
    })),
    rounds: 10,
    slice: 1,
    timeLimit: Number.POSITIVE_INFINITY,
    seed: "",
    signal: new AbortController().signal,
    ...options,
  });
}

/** A figure for the warm-up, then three programs in each round; only the first takes time. */
const rounds = (...times: number[]) => timed("a/b", 0, ...times.flatMap((time) => [time, 0, 0]));

test.each([
  [[60, 60, 60], 100, 1], // the second round would end at 120
  [[40, 40, 40, 40], 120, 3],
  [[10, 50, 10, 10, 10], 100, 2], // if it took as long as the longest, it would end at 110
  [[200, 1], 100, 1], // the first is always run
])("of rounds that take %j ms, with a time limit of %p ms, %p are run", async (times, limit, expected) => {
  const measured = benchmark([rounds(...times)], { timeLimit: limit });
  await measured.run();
  expect(measured.rounds).toBe(expected);
});

test("after the planned rounds, undecided scenarios get extra rounds, two at a time", async () => {
  const [settled, open] = [timed("a/settled"), timed("a/open")];
  const steps: Step[] = [];
  const asked: number[] = [];
  const measured = benchmark([settled, open], {
    rounds: 2,
    budget: 1_000,
    onStep: (step) => steps.push(step),
    unsettled: (tallies) => {
      asked.push(tallies.rounds);
      const scenario = { name: open.id, phases: [{ answer: "hit" as const, figures: [open] }] };
      return tallies.rounds < 6 ? [scenario] : [];
    },
  });
  await measured.run();
  expect(asked).toEqual([2, 4, 6]);
  const count = (each: Figure) => steps.filter((step) => step.figure === each).length;
  expect([count(settled), count(open)]).toEqual([6, 18]);
  expect(steps.map((step) => step.rounds).filter((each) => each !== 2)).toEqual(Array(12).fill(undefined));
  // Both programs go first equally often.
  const firsts = steps.filter(
    (step, index) => step.figure === open && steps[index - 1]?.candidate.name === "no-op",
  );
  expect(firsts.map(({ candidate: { name } }) => name)).toEqual(["one", "two", "one", "two", "one", "two"]);
});

test("no two extra rounds start if they would probably end after the budget, and none without a budget", async () => {
  const scenario = (each: Figure) => ({
    name: each.id,
    phases: [{ answer: "hit" as const, figures: [each] }],
  });
  const times = Array<number>(20).fill(10);
  for (const [budget, expected] of [
    [undefined, 2],
    [39, 2],
    [40, 4],
    [60, 6],
  ] as const) {
    const each = rounds(...times);
    const options = { rounds: 2, unsettled: () => [scenario(each)] };
    const measured = benchmark([each], budget === undefined ? options : { ...options, budget });
    await measured.run();
    expect([budget, measured.rounds]).toEqual([budget, expected]);
  }
});

test("what a scenario prepares has a process of its own; if that fails, its figures have failed", async () => {
  const each = timed("a/b");
  const prepared: string[] = [];
  const scenario = {
    name: "a",
    phases: [{ answer: "miss" as const, figures: [each] }],
    prepare: async () => {
      prepared.push(processes.at(-1) ?? "");
      if (prepared.length > 1) throw new CacheProgError("EXITED", "it died");
    },
  };
  const processes: string[] = [];
  const runner = new ScenarioRunner(
    {
      ...host,
      run(words, _sandbox, work) {
        processes.push(words.join());
        return work(cache);
      },
    },
    new Bodies(),
    new AbortController().signal,
  );
  const tally = new Tally([each]);
  const candidate = { name: "one", words: (answer: "hit" | "miss") => [answer] };
  const settings = { candidate, tally, slice: 1, seed: "", onFigure: () => {} };
  await runner.run(scenario, settings);
  expect(processes).toEqual(["hit", "miss"]);
  await runner.run(scenario, settings);
  expect(processes).toEqual(["hit", "miss", "hit"]);
  expect(prepared).toEqual(["hit", "hit"]);
  expect(tally.of(each).runs).toHaveLength(1);
  expect(tally.of(each).problem).toEqual({ kind: "failed", text: "it died" });
});

test("of several failures of a figure, the first is reported", () => {
  const tally = new Tally([figure("a/b")]);
  const [each] = tally.figures;
  if (each === undefined) throw new Error("there is one");
  tally.fail(each, "it died");
  tally.fail(each, "it is not there");
  tally.exclude(each, "get is not declared");
  expect(tally.of(each).problem).toEqual({ kind: "failed", text: "it died" });
});
