import { ArgumentError } from "../../errors.ts";
import { describe } from "../../text.ts";
import type { GraphStep, StepGraph } from "./graph.ts";
import { ReadySteps } from "./ready-steps.ts";

/**
 * Runs one step.
 *
 * @param dependencies the results of the steps it depends on, by id, in the order of `step.dependencies`
 * @param signal the caller's; a step that it stops rejects
 * @returns the step's result; rejects if the step failed
 */
export type RunStep<R> = (
  step: GraphStep,
  dependencies: ReadonlyMap<string, R>,
  signal: AbortSignal,
) => R | Promise<R>;

/** How to run the steps of a graph. */
export interface ScheduleOptions {
  /** How many steps run at once: a whole number above 0, or Infinity. Default: the number of processors. */
  readonly jobs?: number | undefined;
  /** After a failure, run all steps that don't depend on the failed one. Default: false, which starts no more steps. */
  readonly keepGoing?: boolean | undefined;
  /** Once it fires, no step starts. Steps that run get it too, and are waited for. */
  readonly signal?: AbortSignal | undefined;
}

/** What became of a step. */
export type StepOutcome<R> =
  | { readonly status: "done"; readonly result: R }
  /** It rejected, with this. */
  | { readonly status: "failed"; readonly error: unknown }
  /** It rejected, with this, after the signal fired. */
  | { readonly status: "aborted"; readonly error: unknown }
  /** It never started; see {@link SkipReason}. */
  | { readonly status: "skipped"; readonly because: SkipReason };

/**
 * Why a step never started: a step it depends on failed (`step`), another step failed (the first is `step`), or the signal
 * fired.
 */
export type SkipReason =
  | { readonly kind: "dependency"; readonly step: string }
  | { readonly kind: "failure"; readonly step: string }
  | { readonly kind: "abort" };

/** What became of the steps of a graph. */
export interface ScheduleResult<R> {
  /** By id, in the graph's order. */
  readonly outcomes: ReadonlyMap<string, StepOutcome<R>>;
  /** The ids of the steps that failed, in the order in which they did. */
  readonly failed: readonly string[];
  /** Whether the signal ended or kept back a step. */
  readonly aborted: boolean;
}

/**
 * Runs the steps of a graph side by side, each once, after those it depends on. Where several could start, the one goes
 * first that begins the longest chain of steps, and then the one that is first in the graph.
 *
 * A failing step is no error here: it's in the result, together with what was skipped and why. Returns when no step runs
 * anymore.
 *
 * @throws {ArgumentError} for `jobs` out of range; no step was started
 */
export async function schedule<R>(
  graph: StepGraph,
  runStep: RunStep<R>,
  options: ScheduleOptions = {},
): Promise<ScheduleResult<R>> {
  const {
    jobs = navigator.hardwareConcurrency,
    keepGoing = false,
    signal = new AbortController().signal,
  } = options;
  if (jobs !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(jobs) && jobs > 0))
    throw new ArgumentError(`option jobs is ${describe(jobs)}; expected a whole number above 0`);
  const run = new Run(graph, runStep, jobs, keepGoing, signal);
  await run.finished;
  return run.result();
}

/** One run of a graph. */
class Run<R> {
  readonly #graph: StepGraph;
  readonly #runStep: RunStep<R>;
  readonly #jobs: number;
  readonly #keepGoing: boolean;
  readonly #signal: AbortSignal;
  readonly #outcomes = new Map<string, StepOutcome<R>>();
  readonly #failed: string[] = [];
  readonly #dependents: ReadonlyMap<string, readonly GraphStep[]>;
  /** How many dependencies of a step aren't done. */
  readonly #missing: Map<string, number>;
  readonly #ready: ReadySteps;
  readonly #finished = Promise.withResolvers<void>();
  #running = 0;

  constructor(graph: StepGraph, runStep: RunStep<R>, jobs: number, keepGoing: boolean, signal: AbortSignal) {
    this.#graph = graph;
    this.#runStep = runStep;
    this.#jobs = jobs;
    this.#keepGoing = keepGoing;
    this.#signal = signal;
    this.#dependents = dependentsOf(graph);
    this.#missing = new Map(graph.steps.map(({ id, dependencies }) => [id, dependencies.length]));
    this.#ready = new ReadySteps(byUrgency(graph, this.#dependents));
    for (const step of graph.steps) if (step.dependencies.length === 0) this.#ready.add(step);
    this.#startReady();
  }

  /** Resolves when no step runs any more. */
  get finished(): Promise<void> {
    return this.#finished.promise;
  }

  result(): ScheduleResult<R> {
    const outcomes = new Map<string, StepOutcome<R>>();
    for (const step of this.#graph.steps) {
      outcomes.set(
        step.id,
        this.#outcomes.get(step.id) ?? { status: "skipped", because: this.#skipReason(step, outcomes) },
      );
    }
    const aborted = [...outcomes.values()].some(
      (outcome) =>
        outcome.status === "aborted" || (outcome.status === "skipped" && outcome.because.kind === "abort"),
    );
    return { outcomes, failed: this.#failed, aborted };
  }

  #startReady(): void {
    while (this.#running < this.#jobs && this.#mayStart()) {
      const step = this.#ready.take();
      if (step === undefined) break;
      this.#running++;
      void this.#start(step);
    }
    if (this.#running === 0) this.#finished.resolve();
  }

  #mayStart(): boolean {
    return !this.#signal.aborted && (this.#keepGoing || this.#failed.length === 0);
  }

  /** Never rejects. */
  async #start(step: GraphStep): Promise<void> {
    const outcome = await this.#run(step);
    this.#outcomes.set(step.id, outcome);
    if (outcome.status === "failed") this.#failed.push(step.id);
    if (outcome.status === "done") this.#release(step);
    this.#running--;
    this.#startReady();
  }

  async #run(step: GraphStep): Promise<StepOutcome<R>> {
    try {
      const result = await this.#runStep(step, this.#resultsFor(step), this.#signal);
      return { status: "done", result };
    } catch (error) {
      return { status: this.#signal.aborted ? "aborted" : "failed", error };
    }
  }

  #resultsFor(step: GraphStep): Map<string, R> {
    const results = new Map<string, R>();
    for (const id of step.dependencies) {
      const outcome = this.#outcomes.get(id);
      if (outcome?.status === "done") results.set(id, outcome.result);
    }
    return results;
  }

  #release(step: GraphStep): void {
    for (const dependent of this.#dependents.get(step.id) ?? []) {
      const missing = (this.#missing.get(dependent.id) ?? 0) - 1;
      this.#missing.set(dependent.id, missing);
      if (missing === 0) this.#ready.add(dependent);
    }
  }

  /** @param outcomes those of all steps before it, which include its dependencies */
  #skipReason(step: GraphStep, outcomes: ReadonlyMap<string, StepOutcome<R>>): SkipReason {
    for (const id of step.dependencies) {
      const outcome = outcomes.get(id);
      if (outcome?.status === "failed") return { kind: "dependency", step: id };
      if (outcome?.status === "skipped" && outcome.because.kind === "dependency") return outcome.because;
    }
    const [first] = this.#failed;
    return first === undefined || this.#keepGoing ? { kind: "abort" } : { kind: "failure", step: first };
  }
}

function dependentsOf({ steps }: StepGraph): ReadonlyMap<string, readonly GraphStep[]> {
  const dependents = new Map<string, GraphStep[]>(steps.map(({ id }) => [id, []]));
  for (const step of steps) for (const id of step.dependencies) dependents.get(id)?.push(step);
  return dependents;
}

/** The steps by the length of the longest chain of steps that each begins; of equals, the graph's order. */
function byUrgency(
  { steps }: StepGraph,
  dependents: ReadonlyMap<string, readonly GraphStep[]>,
): readonly GraphStep[] {
  const chain = new Map<string, number>();
  for (const { id } of steps.toReversed()) {
    let longest = 0;
    for (const dependent of dependents.get(id) ?? [])
      longest = Math.max(longest, chain.get(dependent.id) ?? 0);
    chain.set(id, longest + 1);
  }
  return steps.toSorted((a, b) => (chain.get(b.id) ?? 0) - (chain.get(a.id) ?? 0));
}
