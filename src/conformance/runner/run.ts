/*
 * This folder: how checks are run. run() runs many against one ProgramUnderTest; CheckRunner runs one, and once more where
 * this machine may be at fault; CheckContexts gives each its sandbox.
 */
import { availableParallelism } from "node:os";
import { splitCommand } from "../../wire/command-line.ts";
import type { Check } from "../check.ts";
import { fails, isFailure, type Report, type Result, type Stop } from "../report.ts";
import { select } from "../select.ts";
import { ProgramUnderTest, type ProgramUnderTestOptions } from "./program-under-test.ts";
import { requireJobs, requireTime } from "./ranges.ts";
import { explaining, isWorthIt } from "./smoke-test.ts";

export interface RunOptions extends ProgramUnderTestOptions {
  /** The checks to run; all of the catalogue but the slow ones unless set. See {@link select}. */
  readonly checks?: readonly Check[];
  /** What was left out by name: a known failure among them is stale. */
  readonly skipped?: readonly Check[];
  /** A broken `should` fails the run as well. */
  readonly strict?: boolean;
  /** How many checks run at once; the number of processors unless set. */
  readonly jobs?: number;
  /** How long all of it may take, in ms; for ever unless set. What has not run then is reported as such. */
  readonly timeout?: number;
  /**
   * Whether a plain conversation comes first, and where that fails only those checks are run that explain it: so it is,
   * for more than a few checks, unless this is false.
   */
  readonly smokeTest?: boolean;
  /** Ends with the first check that fails. */
  readonly failFast?: boolean;
  /** Ends the run: what has not run is reported as such. */
  readonly signal?: AbortSignal;
  /** Called when a check begins. */
  readonly onStart?: (check: Check) => void;
  /** Called with each result, as it comes, but for the checks that the run did not get to. */
  readonly onResult?: (result: Result) => void;
}

/**
 * Runs checks against a program: each starts it afresh, in a sandbox of its own, and has a deadline. Everything that
 * was started is gone when this resolves; what leaves its process group to outlive that is beyond reach.
 *
 * @param command the program's words, or a line that is split as go splits GOCACHEPROG; `{dir}` in a word stands for a
 *   fresh directory, and the path of a file, which counts from this process's working directory, is made absolute
 * @throws (rejects) {CacheProgError} `BAD_COMMAND` for a line with a quote that nothing ends; {ArgumentError} for an
 *   option out of range
 */
export async function run(command: string | readonly string[], options: RunOptions = {}): Promise<Report> {
  const started = performance.now();
  const { checks = select().checks, skipped, strict = false, known } = options;
  requireTime("timeout", options.timeout);
  requireJobs(options.jobs);
  const halt = new Halt(options);
  try {
    const words = typeof command === "string" ? splitCommand(command) : command;
    using program = await ProgramUnderTest.begin(words, { ...options, signal: halt.signal });
    const results = await runAll(program, checks, options, halt);
    return {
      command: words,
      name: program.name,
      dialect: program.dialect.name,
      strict,
      results,
      notStarted: program.notStarted?.reason,
      stderr: program.notStarted?.atAll ? undefined : program.notStarted?.stderr,
      stopped: results.some(({ unreached }) => unreached) ? halt.stop : undefined,
      lacking: program.lacking,
      stale: known?.stale(results, skipped) ?? [],
      duration: performance.now() - started,
    };
  } finally {
    halt.clear();
  }
}

/** Runs checks, or only those that explain why a plain conversation fails. @returns their results, in their order */
async function runAll(
  program: ProgramUnderTest,
  checks: readonly Check[],
  options: RunOptions,
  halt: Halt,
): Promise<readonly Result[]> {
  const startsWithSmokeTest = options.smokeTest !== false && isWorthIt(checks);
  const stage = startsWithSmokeTest ? await program.smokeTest() : undefined;
  if (stage === undefined) return runEach(program, checks, options, halt);
  const ids: readonly string[] = explaining[stage];
  const those = checks.filter(({ id }) => ids.includes(id));
  // The conversation has found the same already: to try one again would only take time.
  const results = await runEach(program, those, { ...options, retry: false }, halt);
  const see = results.filter(isFailure).map(({ check }) => check.id);
  const rest = checks.filter(({ id }) => !ids.includes(id));
  // Where none of them says what is wrong, the others have to.
  const others =
    see.length === 0 || halt.signal.aborted
      ? await runEach(program, rest, options, halt)
      : rest.map((check) => program.blocked(check, see));
  const byCheck = new Map([...results, ...others].map((result) => [result.check, result]));
  return checks.flatMap((check) => byCheck.get(check) ?? []);
}

/** Runs checks, some at a time. @returns their results, in the order of the checks */
async function runEach(
  program: ProgramUnderTest,
  checks: readonly Check[],
  {
    jobs = availableParallelism(),
    failFast = false,
    strict = false,
    retry = true,
    onStart,
    onResult,
  }: RunOptions,
  halt: Halt,
): Promise<readonly Result[]> {
  const results = new Map<Check, Result>();
  const queue = checks.values();
  const work = async () => {
    for (const check of queue) {
      if (!halt.signal.aborted) onStart?.(check);
      const result = await program.run(check, retry);
      results.set(check, result);
      if (!result.unreached) onResult?.(result);
      if (failFast && fails(result, strict)) halt.now("fail-fast");
    }
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(1, jobs), checks.length) }, work));
  return checks.flatMap((check) => results.get(check) ?? []);
}

/** What may stop a run before its end, and which it was. */
class Halt {
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #outer: AbortSignal | undefined;
  readonly #interrupt = () => this.now("interrupted");
  #stop: Stop | undefined;

  constructor({ timeout, signal }: Pick<RunOptions, "timeout" | "signal">) {
    if (timeout !== undefined) this.#timer = setTimeout(() => this.now("timeout"), timeout);
    this.#outer = signal;
    signal?.addEventListener("abort", this.#interrupt, { once: true });
    if (signal?.aborted) this.#interrupt();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get stop(): Stop | undefined {
    return this.#stop;
  }

  now(stop: Stop): void {
    this.#stop ??= stop;
    this.#controller.abort();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#interrupt);
  }
}
