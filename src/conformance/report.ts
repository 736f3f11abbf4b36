import type { TraceEntry } from "./peer/trace.ts";
import type { Requirement } from "./requirement.ts";

/**
 * How a check ended. `known`: an expected failure; `flaky`: an expected failure that comes and goes; `not applicable`:
 * the program doesn't declare a command that the check needs; `not run`: something that the check depends on is broken in
 * the program or missing on this machine, or the run didn't reach it; `error`: a bug in the suite.
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
  /** What was checked. */
  readonly check: Requirement;
  /** How the check ended. */
  readonly verdict: Verdict;
  /** How long it took, in ms; 0 if it wasn't run, but seen. */
  readonly duration: number;
  /** A note of a check that passed, or why the check was not run. */
  readonly remark?: string | undefined;
  /** For a failed check, known or not: what the program should have done. */
  readonly expected?: string | undefined;
  /** For a failed check, known or not: what it did. */
  readonly actual?: string | undefined;
  /** What go does, if that differs from the check's own `go`: the program did not even respond. */
  readonly go?: Requirement["go"] | undefined;
  /** The path of its sandbox, which is removed unless it's kept. */
  readonly sandbox?: string | undefined;
  /** If the check started several processes: the number of the one that this result is about, from 1, and how many. */
  readonly process?: { readonly number: number; readonly of: number } | undefined;
  /** The last messages on the wire, if there are any. */
  readonly wire?: readonly string[] | undefined;
  /** All that went to and came from its processes, if it was collected. */
  readonly conversation?: readonly TraceEntry[] | undefined;
  /** The first and last lines of the program's stderr; undefined if it's unknown. */
  readonly stderr?: readonly string[] | undefined;
  /** The directory that holds its sandbox, its conversation and more. */
  readonly kept?: string | undefined;
  /** The run didn't reach it: there was no hello, or the run was stopped. Reports say so once, not for each check. */
  readonly unreached?: boolean | undefined;
  /** The program is why it was not run: something that the check depends on is broken. Another check tests that. */
  readonly blocked?: boolean | undefined;
  /** The failed checks that explain why it was not run. Reports list them once, not for each check. */
  readonly see?: readonly string[] | undefined;
  /** The command that runs this check alone, quoted for a shell; "" if there is none. */
  readonly rerun: string;
}

/** What stopped a run before all of its checks were done. */
export type Stop = "interrupted" | "timeout" | "fail-fast";

/** An entry of the known failures that is no longer true. */
export interface StaleEntry {
  /** The id of its check, as it stands in the file. */
  readonly id: string;
  /** What is wrong with the entry. */
  readonly text: string;
  /** The path of the file that holds the entry; undefined if the text is from elsewhere. */
  readonly file: string | undefined;
  /** From 1. */
  readonly line: number;
}

/** The result of a run. */
export interface Report {
  /** What made it. Default: `cacheprogw check`. */
  readonly title?: string | undefined;
  /** The words of the program's command, as given. */
  readonly command: readonly string[];
  /** The program's name for people. */
  readonly name: string;
  /** The name of the dialect. */
  readonly dialect: string;
  /** A violated `should` fails the run too. */
  readonly strict: boolean;
  /** One for each check, in the order in which they were given. */
  readonly results: readonly Result[];
  /** Why no check could run: the program did not start, or sent no hello. */
  readonly notStarted?: string | undefined;
  /** In that case, the first and last lines of its stderr. */
  readonly stderr?: readonly string[] | undefined;
  /** What stopped the run before its end, if anything did. */
  readonly stopped?: Stop | undefined;
  /** What this machine lacked, which made findings doubtful: sentences. */
  readonly lacking?: readonly string[] | undefined;
  /** Entries of the known failures that are stale. */
  readonly stale: readonly StaleEntry[];
  /** In ms. */
  readonly duration: number;
}

/**
 * The outcome of a run. `incomplete`: a check could not run, or none did; `error`: the suite has a bug, so don't trust
 * its findings.
 */
export type Outcome = "passed" | "failed" | "incomplete" | "not started" | "error";

/** The worst outcome that applies. A run in which nothing ran has not passed. */
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

/** What go does when this check fails. */
export function goOf({ go, check }: Pick<Result, "go" | "check">): Requirement["go"] {
  return go ?? check.go;
}

/** Whether a check failed, whether that was expected or not. */
export function isFailure({ verdict }: Pick<Result, "verdict">): boolean {
  return verdict === "failed" || verdict === "known" || verdict === "flaky";
}

/** Whether a result fails the run: a violated `must`, or under `strict` a violated `should`. */
export function fails({ verdict, check }: Pick<Result, "verdict" | "check">, strict: boolean): boolean {
  return verdict === "failed" && (strict || check.level === "must");
}

/**
 * Whether a check was not run because of the program, while no failure that counts or is known explains it. Such a result
 * fails the run.
 */
export function isUnexplained({ blocked, check }: Result, { results, strict }: Report): boolean {
  if (!blocked || (check.level !== "must" && !strict)) return false;
  const isExplanation = (other: Result) =>
    fails(other, strict) || other.verdict === "known" || other.verdict === "flaky";
  return !results.some(isExplanation);
}

/** The outcome of a run, worded as a heading. */
export function headline(report: Report): string {
  const outcome = outcomeOf(report);
  if (outcome === "not started") return "did not start";
  if (outcome === "error") return "internal error (a bug in cacheprogw)";
  const isFailed = (result: Result) => fails(result, report.strict) || isUnexplained(result, report);
  const isOnlyStale = outcome === "failed" && !report.results.some(isFailed);
  return isOnlyStale ? "stale known failures" : outcome;
}

/** Sorts results by importance: errors, failed musts, other failures of the run, the rest. The sort is stable. */
export function byImportance(results: readonly Result[], strict: boolean): readonly Result[] {
  const rank = (result: Result) => {
    if (result.verdict === "error") return 0;
    return fails(result, strict) ? (result.check.level === "must" ? 1 : 2) : 3;
  };
  return results.toSorted((a, b) => rank(a) - rank(b));
}

/** A reason for which checks were not run. */
export interface NotRun {
  readonly reason: string;
  /** The checks that it applies to. */
  readonly results: readonly Result[];
}

/** Why checks that the run reached were not run: each reason once. */
export function notRunReasons(results: readonly Result[]): readonly NotRun[] {
  const those = results.filter(({ verdict, unreached }) => verdict === "not run" && !unreached);
  const groups = Map.groupBy(those, ({ remark = "" }) => remark);
  return [...groups].map(([reason, group]) => ({ reason, results: group }));
}

/**
 * The number of checks for each way to end. `warning` counts each violated `should` that doesn't fail the run; `stale`
 * counts entries of the known failures, not checks.
 */
export type Counts = Readonly<Record<Verdict | "warning" | "blocked" | "unreached" | "stale", number>>;

/** Counts the results of a report by how they ended. */
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

/** What made a report. */
export function titleOf({ title = "cacheprogw check" }: Pick<Report, "title">): string {
  return title;
}

/** The counts in words, without zeros: `54 passed`, `1 failed`. */
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

/** What stopped a run, as a sentence. */
export const stopSentence: Readonly<Record<Stop, string>> = {
  interrupted: "The run was interrupted; this report is incomplete.",
  timeout: "The run exceeded --timeout; this report is incomplete.",
  "fail-fast": "The run stopped at the first failed check (--fail-fast).",
};
