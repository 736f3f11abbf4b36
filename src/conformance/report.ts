import type { Check } from "./check.ts";

/**
 * How a check ended. `known` is a failure that was expected, `flaky` one that may come and go; `not applicable`: a
 * command that it needs is not declared; `not run`: something that it stands on is broken in the program, or missing on this
 * machine, or the run did not get to it; `error`: a mistake of the suite itself.
 */
export type Verdict =
  | "passed"
  | "failed"
  | "known"
  | "flaky"
  | "info"
  | "not applicable"
  | "not run"
  | "error";

/** One check's part of a report. */
export interface Result {
  readonly check: Check;
  readonly verdict: Verdict;
  /** How long it took, in ms. */
  readonly duration: number;
  /** What a check that passed remarks, or why one could not be run. */
  readonly remark?: string | undefined;
  /** For a check that failed, known or not. */
  readonly expected?: string | undefined;
  readonly actual?: string | undefined;
  /** What go does, where that is not what the check says: the program did not even answer. */
  readonly go?: Check["go"] | undefined;
  /** Where its sandbox was, which is gone unless it is kept. */
  readonly sandbox?: string | undefined;
  /** Of several programs that the check started, the one that the rest is about: its number, from 1, and how many there were. */
  readonly process?: { readonly number: number; readonly of: number } | undefined;
  /** The last messages on the wire, where there are any. */
  readonly wire?: readonly string[] | undefined;
  /** The first and the last lines of the program's stderr. */
  readonly stderr?: readonly string[] | undefined;
  /** The directory in which its sandbox, its conversation and more are kept. */
  readonly kept?: string | undefined;
  /** The run did not get to it: there was no hello, or something stopped the run. Said once, not for each. */
  readonly unreached?: boolean | undefined;
  /** It was not run because of the program: something that it stands on, and another check judges, is broken. */
  readonly blocked?: boolean | undefined;
  /** The checks that failed, which explain why it was not run. Said once, not for each. */
  readonly see?: readonly string[] | undefined;
  /** The command that runs this check alone, quoted for a shell. */
  readonly rerun: string;
}

/** What ended a run before all of its checks were done. */
export type Stop = "interrupted" | "timeout" | "fail-fast";

/** An entry of the known failures that no longer says how things are. */
export interface StaleEntry {
  readonly id: string;
  /** What is wrong with it, in a sentence. */
  readonly text: string;
  /** The path of the file that it stands in, where it is one. */
  readonly file: string | undefined;
  /** From 1. */
  readonly line: number;
}

/** What a run found out. */
export interface Report {
  /** The program, in words, as it was given. */
  readonly command: readonly string[];
  /** The program, for people. */
  readonly name: string;
  /** The name of the dialect. */
  readonly dialect: string;
  /** A broken `should` fails the run as well. */
  readonly strict: boolean;
  readonly results: readonly Result[];
  /** Why nothing could be asked: the program did not start, or said no hello. */
  readonly notStarted?: string | undefined;
  /** The first and the last lines of its stderr then. */
  readonly stderr?: readonly string[] | undefined;
  readonly stopped?: Stop | undefined;
  /** What this machine lacked, in sentences, so that findings were doubtful. */
  readonly lacking?: readonly string[] | undefined;
  /** Entries of the known failures that are stale. */
  readonly stale: readonly StaleEntry[];
  /** In ms. */
  readonly duration: number;
}

/**
 * What a run comes to. `incomplete`: a check could not be run, or none was; `error`: the suite itself is wrong, and what
 * it says of the program is not to be trusted.
 */
export type Outcome = "passed" | "failed" | "incomplete" | "not started" | "error";

/** What a run comes to: the worst that can be said of it. Nothing run is never passed. */
export function outcomeOf(report: Report): Outcome {
  const { results, strict, stale, notStarted } = report;
  if (results.some(({ verdict }) => verdict === "error")) return "error";
  if (notStarted !== undefined) return "not started";
  if (stale.length > 0 || results.some((result) => fails(result, strict))) return "failed";
  if (results.some((result) => isUnexplained(result, report))) return "failed";
  const ran = results.some(({ verdict }) => verdict !== "not run" && verdict !== "not applicable");
  const complete = results.every(({ verdict, blocked }) => verdict !== "not run" || blocked);
  return ran && complete ? "passed" : "incomplete";
}

/** What go does about a failure. */
export function goOf({ go, check }: Pick<Result, "go" | "check">): Check["go"] {
  return go ?? check.go;
}

/** Whether a check has failed, in whatever way. */
export function isFailure({ verdict }: Pick<Result, "verdict">): boolean {
  return verdict === "failed" || verdict === "known" || verdict === "flaky";
}

/** Whether a result fails the run: a broken `must`, and a broken `should` only where that is asked for. */
export function fails({ verdict, check }: Pick<Result, "verdict" | "check">, strict: boolean): boolean {
  return verdict === "failed" && (strict || check.level === "must");
}

/**
 * Whether a check was not run because of the program, and no failure says so that fails the run, or is known: then this
 * fails the run.
 */
export function isUnexplained({ blocked, check }: Result, { results, strict }: Report): boolean {
  if (!blocked || (check.level !== "must" && !strict)) return false;
  const isExplanation = (other: Result) =>
    fails(other, strict) || other.verdict === "known" || other.verdict === "flaky";
  return !results.some(isExplanation);
}

/** What a run comes to, in the words of a heading. */
export function headline(report: Report): string {
  const outcome = outcomeOf(report);
  if (outcome === "not started") return "did not start";
  if (outcome === "error") return "a mistake of the suite itself";
  const isFailed = (result: Result) => fails(result, report.strict) || isUnexplained(result, report);
  const isOnlyStale = outcome === "failed" && !report.results.some(isFailed);
  return isOnlyStale ? "the known failures are out of date" : outcome;
}

/** Results, the most important first: what fails the run, musts before the rest. Otherwise in their order. */
export function byImportance(results: readonly Result[], strict: boolean): readonly Result[] {
  const rank = (result: Result) => {
    if (result.verdict === "error") return 0;
    return fails(result, strict) ? (result.check.level === "must" ? 1 : 2) : 3;
  };
  return results.toSorted((a, b) => rank(a) - rank(b));
}

/** Why some checks were not run. */
export interface NotRun {
  readonly reason: string;
  /** What it holds for. */
  readonly results: readonly Result[];
}

/** Why checks that the run got to were not run: each reason once. */
export function notRunReasons(results: readonly Result[]): readonly NotRun[] {
  const those = results.filter(({ verdict, unreached }) => verdict === "not run" && !unreached);
  const groups = Map.groupBy(those, ({ remark = "" }) => remark);
  return [...groups].map(([reason, group]) => ({ reason, results: group }));
}

/**
 * How many checks ended in which way; `warning` is a broken `should` that does not fail the run, and `stale` is no check,
 * but an entry of the known failures.
 */
export type Counts = Readonly<Record<Verdict | "warning" | "blocked" | "unreached" | "stale", number>>;

export function countsOf({
  results,
  strict,
  stale = [],
}: Pick<Report, "results" | "strict"> & Partial<Pick<Report, "stale">>): Counts {
  const counts = {
    passed: 0,
    failed: 0,
    warning: 0,
    known: 0,
    flaky: 0,
    info: 0,
    "not applicable": 0,
    "not run": 0,
    blocked: 0,
    unreached: 0,
    error: 0,
    stale: stale.length,
  };
  for (const result of results) {
    const isWarning = result.verdict === "failed" && !fails(result, strict);
    const other = result.unreached ? "unreached" : result.blocked ? "blocked" : undefined;
    counts[other ?? (isWarning ? "warning" : result.verdict)]++;
  }
  return counts;
}

/** The counts in words, without those that are 0: `54 passed · 1 failed`. */
export function countWords(counts: Counts): readonly (readonly [keyof Counts, string])[] {
  const plural = (count: number, one: string) => (count === 1 ? one : `${one}s`);
  const words: Record<keyof Counts, string> = {
    passed: "passed",
    failed: "failed",
    warning: plural(counts.warning, "warning"),
    known: plural(counts.known, "known failure"),
    flaky: plural(counts.flaky, "flaky failure"),
    info: "info",
    "not applicable": "not applicable",
    "not run": "could not run",
    blocked: "not run",
    unreached: "not reached",
    error: plural(counts.error, "error"),
    stale: counts.stale === 1 ? "stale entry" : "stale entries",
  };
  const keys: readonly (keyof Counts)[] = [
    "passed",
    "failed",
    "error",
    "stale",
    "warning",
    "known",
    "flaky",
    "blocked",
    "not run",
    "unreached",
    "not applicable",
    "info",
  ];
  return keys.flatMap((key) => (counts[key] === 0 ? [] : [[key, `${counts[key]} ${words[key]}`] as const]));
}

/** What stopped a run, in a sentence. */
export const stopSentence: Readonly<Record<Stop, string>> = {
  interrupted: "The run was interrupted: this is only a part of it.",
  timeout: "The run took longer than it may (--timeout): this is only a part of it.",
  "fail-fast": "The run ended with the first check that failed (--fail-fast).",
};
