import type { CacheProgError } from "../../errors.ts";
import { oneLine } from "../../safe-text.ts";
import type { GraphStep, StepGraph } from "../../step/graph/graph.ts";
import { schedule } from "../../step/graph/schedule.ts";
import { LazyCache, type OpenCache } from "../../step/lazy-cache.ts";
import { Memory } from "../../step/local/memory.ts";
import { directoryInRoot } from "../../step/project.ts";
import { runStep, type StepReport } from "../../step/run-step.ts";
import { StepFailed } from "../../step/step-failed.ts";
import { reason } from "../../trouble.ts";
import type { Screen } from "../terminal/screen.ts";
import { colourVariables } from "./colours.ts";
import { StepOutput } from "./step-output.ts";
import { endWords, missWords, shownID } from "./step-words.ts";

/** How a run of steps behaves. */
export interface RunSettings {
  readonly root: string;
  /** Opens the cache. It rejects with a CacheProgError if there is none. */
  readonly openCache: () => Promise<OpenCache>;
  readonly jobs: number;
  readonly keepGoing: boolean;
  readonly force: boolean;
  readonly dryRun: boolean;
  /** Run each command in a copy with the declared inputs alone. */
  readonly isolate: boolean;
  readonly explain: boolean;
  readonly requireCache: boolean;
  /** Of a hit, say that it is one, and don't print again what its command printed. */
  readonly quietHits: boolean;
  /** stdout is for JSON: commands print to stderr. */
  readonly json: boolean;
  /** The steps have run before: say nothing of those that are hits. */
  readonly isRepeat: boolean;
  readonly signal: AbortSignal;
}

/** What became of the steps of a run. */
export interface RunResult {
  /** Of the steps that ran or were hits, and of those whose command failed, in the graph's order. */
  readonly reports: readonly StepReport[];
  /** The ids of the steps that never started. */
  readonly skipped: readonly string[];
  /** The first step whose command failed. */
  readonly failed: StepReport | undefined;
}

/**
 * Runs the steps of a graph, and says on stderr what becomes of each.
 *
 * @throws (rejects) an error of a step that isn't a failed command; `ABORTED`; with `requireCache`, that of the cache
 */
export async function runSteps(graph: StepGraph, screen: Screen, settings: RunSettings): Promise<RunResult> {
  const run = new Run(graph, screen, settings);
  try {
    return await run.all();
  } finally {
    await run.close();
  }
}

class Run {
  readonly #graph: StepGraph;
  readonly #screen: Screen;
  readonly #settings: RunSettings;
  readonly #memory: Memory;
  readonly #cache: LazyCache;
  readonly #running = new Set<string>();
  #done = 0;
  #cacheFailure: CacheProgError | undefined;

  constructor(graph: StepGraph, screen: Screen, settings: RunSettings) {
    this.#graph = graph;
    this.#screen = screen;
    this.#settings = settings;
    this.#memory = new Memory(settings.root);
    this.#cache = new LazyCache(settings.openCache);
  }

  async all(): Promise<RunResult> {
    const { jobs, keepGoing, signal } = this.#settings;
    const { outcomes, failed } = await schedule<StepReport>(
      this.#graph,
      (step, dependencies) => this.#one(step, dependencies),
      {
        jobs,
        keepGoing,
        signal,
      },
    );
    this.#screen.pass("");
    const reports: StepReport[] = [];
    const skipped: string[] = [];
    for (const [id, outcome] of outcomes) {
      if (outcome.status === "done") reports.push(outcome.result);
      else if (outcome.status === "skipped") skipped.push(id);
      else if (outcome.error instanceof StepFailed) reports.push(outcome.error.report);
      else throw outcome.error;
    }
    signal.throwIfAborted();
    return { reports, skipped, failed: reports.find(({ id }) => id === failed[0]) };
  }

  /** Waits for the cache program to finish its work. */
  async close(): Promise<void> {
    try {
      await this.#cache.close();
    } catch (error) {
      // Ctrl-C on a terminal ends the program, too.
      if (this.#settings.signal.aborted) return;
      if (this.#settings.requireCache) throw error;
      if (this.#cacheFailure === undefined) this.#say(`the cache failed at its end: ${reason(error)}`);
    }
  }

  async #one(
    { id, definition, dependencies: needed }: GraphStep,
    dependencies: ReadonlyMap<string, StepReport>,
  ): Promise<StepReport> {
    const { root, json, quietHits, explain, dryRun, isolate, isRepeat } = this.#settings;
    const name = this.#graph.steps.length > 1 ? shownID(id) : undefined;
    const to = json ? ({ 1: 2, 2: 2 } as const) : ({ 1: 1, 2: 2 } as const);
    const output = new StepOutput(this.#screen, name, to);
    let isHit = true;
    this.#running.add(shownID(id));
    this.#showProgress();
    try {
      const report = await runStep(
        {
          definition,
          id,
          directory: directoryInRoot(definition.cwd, root),
          root,
          isolate: isolate ? needed.flatMap((of) => this.#graph.byID.get(of)?.definition ?? []) : undefined,
          dependencies: Object.fromEntries([...dependencies].map(([of, { outputs }]) => [of, outputs])),
        },
        {
          ...this.#settings,
          memory: this.#memory,
          digests: this.#memory.digests,
          env: process.env,
          colours: colourVariables([to[1], to[2]]),
          cache: this.#cache.get,
          onOutput: (stream, bytes) => {
            if (!isHit) output.write(stream, bytes);
            else if (!quietHits && !isRepeat) output.replay(stream, bytes);
          },
          onMiss: (why) => {
            isHit = false;
            this.#sayOf(id, missWords(why, explain));
          },
          onCacheFailure: (error) => this.#cacheFailed(error),
          warn: (line) => this.#sayOf(id, line),
        },
      );
      output.end();
      this.#settings.signal.throwIfAborted();
      const isNews = isHit ? !isRepeat || report.restored + report.removed > 0 : !dryRun;
      if (isNews) this.#sayOf(id, endWords(report));
      if (report.status === "failed") throw new StepFailed(report);
      return report;
    } finally {
      output.end();
      this.#done++;
      this.#running.delete(shownID(id));
      this.#showProgress();
    }
  }

  /** Said once: from then on, steps run without the cache. */
  #cacheFailed(error: CacheProgError): void {
    if (this.#cacheFailure === undefined) this.#say(`going on without the cache: ${oneLine(error.message)}`);
    this.#cacheFailure ??= error;
  }

  #showProgress(): void {
    if (this.#graph.steps.length > 1)
      this.#screen.pass(
        `${this.#done} of ${this.#graph.steps.length} steps; running: ${[...this.#running].join(", ")}`,
      );
  }

  #sayOf(id: string, words: string): void {
    this.#say(`${shownID(id)}: ${words}`);
  }

  #say(line: string): void {
    this.#screen.write(`cacheprogw: ${line}\n`);
  }
}
