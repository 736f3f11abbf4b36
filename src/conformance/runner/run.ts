/*
 * This folder runs checks. run() runs many against one ProgramUnderTest, which knows whether a check applies; CheckRunner
 * runs one in a context of its own, and retries it if this machine may have caused the finding.
 */
import { availableParallelism } from "node:os";
import { splitCommand } from "../../wire/command-line.ts";
import { fails, isFailure, type Report, type Result, type Stop } from "../report.ts";
import type { Check } from "../requirement.ts";
import { select } from "../select.ts";
import { ProgramUnderTest, type ProgramUnderTestOptions } from "./program-under-test.ts";
import { requireJobs, requireTime } from "./ranges.ts";
import { explaining, needsSmokeTest } from "./smoke-test.ts";

/** How checks are run by {@link run}. */
export interface RunOptions extends ProgramUnderTestOptions {
  /** The checks to run. Default: every check that isn't slow. See {@link select}. */
  readonly checks?: readonly Check[];
  /** The checks that were left out on purpose: a known failure among them is stale. */
  readonly skipped?: readonly Check[];
  /** A violated `should` fails the run too. */
  readonly strict?: boolean;
  /** How many checks run at once. Default: two more than there are processors, because checks often wait. */
  readonly jobs?: number;
  /** How long the run may take, in ms; then the remaining checks are reported as not reached. Default: no limit. */
  readonly timeout?: number;
  /**
   * Whether a smoke test comes first; if it fails, only the checks run that explain the failure. Default: true. With
   * fewer than 12 checks, there is no smoke test.
   */
  readonly smokeTest?: boolean;
  /** Stops at the first check that fails the run. */
  readonly failFast?: boolean;
  /** Stops the run: the remaining checks are reported as not reached. */
  readonly signal?: AbortSignal;
  /** Called when a check begins. */
  readonly onStart?: (check: Check) => void;
  /** Called with each result as it arrives, except for checks that the run doesn't reach. */
  readonly onResult?: (result: Result) => void;
}

/**
 * Runs checks against a program. Each check starts the program anew, in its own sandbox, and has a deadline. When the
 * promise resolves, every started process is gone, except a child that left its process group to outlive the program.
 *
 * @param command the words of the command, or a line that is split as go splits GOCACHEPROG. `{dir}` in a word stands
 *   for a new directory; the relative path of a file is resolved against this process's working directory
 * @throws (rejects) {CacheProgError} `BAD_COMMAND` for a line with an unterminated quote; {ArgumentError} for an option
 *   out of range
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

/** Runs checks, or only those that explain why the smoke test fails. @returns the results, in the order of the checks */
async function runAll(
  program: ProgramUnderTest,
  checks: readonly Check[],
  options: RunOptions,
  halt: Halt,
): Promise<readonly Result[]> {
  const startsWithSmokeTest = options.smokeTest !== false && needsSmokeTest(checks);
  const stage = startsWithSmokeTest ? await program.smokeTest() : undefined;
  if (stage === undefined) return runEach(program, checks, options, halt);
  const ids: readonly string[] = explaining[stage];
  const those = checks.filter(({ id }) => ids.includes(id));
  const results = await runEach(program, those, options, halt);
  const see = results.filter(isFailure).map(({ check }) => check.id);
  const rest = checks.filter(({ id }) => !ids.includes(id));
  // If none of them fails, the others must show what is wrong.
  const others =
    see.length === 0 || halt.signal.aborted
      ? await runEach(program, rest, options, halt)
      : rest.map((check) => program.blocked(check, see));
  const byCheck = new Map([...results, ...others].map((result) => [result.check, result]));
  return checks.flatMap((check) => byCheck.get(check) ?? []);
}

/**
 * Runs checks, `jobs` at a time; those that may take longest start first, so that none is left alone at the end.
 *
 * @returns the results, in the order of the checks
 */
async function runEach(
  program: ProgramUnderTest,
  checks: readonly Check[],
  { jobs = availableParallelism() + 2, failFast = false, strict = false, onStart, onResult }: RunOptions,
  halt: Halt,
): Promise<readonly Result[]> {
  const results = new Map<Check, Result>();
  const longestFirst = () => checks.toSorted((a, b) => program.deadlineOf(b) - program.deadlineOf(a));
  // One at a time, and up to the first failure, checks run in the order in which they are reported.
  const queue = (jobs === 1 || failFast ? checks : longestFirst()).values();
  const work = async () => {
    for (const check of queue) {
      if (!halt.signal.aborted) onStart?.(check);
      const result = await program.run(check);
      results.set(check, result);
      if (!result.unreached) onResult?.(result);
      if (failFast && fails(result, strict)) halt.now("fail-fast");
    }
  };
  await Promise.all(Array.from({ length: Math.min(Math.max(1, jobs), checks.length) }, work));
  return checks.flatMap((check) => results.get(check) ?? []);
}

/** Stops a run early, and remembers why. */
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
