import type { Command } from "../../wire/messages.ts";
import {
  type Counts,
  countsOf,
  goOf,
  type Outcome,
  outcomeOf,
  type Report,
  type Result,
  type Stop,
  type Verdict,
} from "../report.ts";
import type { GoOutcome, Level, Requirement } from "../requirement.ts";
import { linkOf } from "./link.ts";

/** A report as JSON. A new field keeps the version; removing a field, or changing its meaning, raises it. */
export interface JSONReport {
  /** The version of this format. */
  readonly version: 1;
  /** The words of the program's command, as given. */
  readonly command: readonly string[];
  /** The name of the dialect. */
  readonly dialect: string;
  /** A violated `should` fails the run too. */
  readonly strict: boolean;
  /** The worst that applies. */
  readonly outcome: Outcome;
  /** The number of checks for each way to end. */
  readonly counts: Counts;
  /** Why the program did not start, or sent no hello; null if it did both. */
  readonly notStarted: string | null;
  /** In that case, the first and last lines of its stderr. */
  readonly stderr: readonly string[];
  /** What stopped the run early; null if it ran to its end. */
  readonly stopped: Stop | null;
  /** What this machine lacked, which made findings doubtful: sentences. */
  readonly lacking: readonly string[];
  /** What is wrong with each stale entry of the known failures. */
  readonly stale: readonly string[];
  /** Where those entries are, in the same order. */
  readonly staleEntries: readonly {
    readonly id: string;
    readonly file: string | null;
    readonly line: number;
  }[];
  /** In ms. */
  readonly duration: number;
  /** One for each check, in the order in which they were given. */
  readonly results: readonly JSONResult[];
}

/** One check of a report as JSON. */
export interface JSONResult extends JSONCheck {
  /** How the check ended. */
  readonly verdict: Verdict;
  /** The run didn't reach it. */
  readonly unreached: boolean;
  /** The program is why it was not run: something that the check depends on is broken. */
  readonly blocked: boolean;
  /** The failed checks that explain that, if known. */
  readonly see: readonly string[];
  /** In ms. */
  readonly duration: number;
  /** A note of a check that passed, or why it was not run; null if there is none. */
  readonly remark: string | null;
  /** What the program should have done; null unless the check failed. */
  readonly expected: string | null;
  /** What it did; null unless the check failed. */
  readonly actual: string | null;
  /** If the check started several processes, the one that this result is about, from 1; null if it started one. */
  readonly process: number | null;
  /** How many processes it started; null if one. */
  readonly processes: number | null;
  /** The last messages on the wire. */
  readonly wire: readonly string[];
  /** The first and last lines of the program's stderr. */
  readonly stderr: readonly string[];
  /** The directory that holds its sandbox and conversation; null if they weren't kept. */
  readonly kept: string | null;
  /** The shell command that runs it alone. */
  readonly rerun: string;
}

/** A check of the catalogue as JSON. */
export interface JSONCheck {
  /** The group and the subject, such as `put/empty-body`. */
  readonly id: string;
  /** What a violation means. */
  readonly level: Level;
  /** The requirement, in one sentence. */
  readonly requirement: string;
  /** Where the requirement comes from: the documentation, or a line of Go. */
  readonly source: string;
  /** The page that shows the source; null if there is none. */
  readonly link: string | null;
  /** The sentence of the protocol's documentation that requires it, word for word. */
  readonly quote: string | null;
  /** The fault with which the real go command did what `go` says. */
  readonly confirmedBy: string | null;
  /** What the go command does when it is violated. */
  readonly go: { readonly outcome: GoOutcome; readonly text: string };
  /** The commands that the program must declare for the check to apply. */
  readonly needs: readonly Command[];
  /** Runs only with --slow. */
  readonly slow: boolean;
}

/** A report as JSON. It has no `undefined`: what is missing is null. */
export function jsonReport(report: Report): JSONReport {
  return {
    version: 1,
    command: report.command,
    dialect: report.dialect,
    strict: report.strict,
    outcome: outcomeOf(report),
    counts: countsOf(report),
    notStarted: report.notStarted ?? null,
    stderr: report.stderr ?? [],
    stopped: report.stopped ?? null,
    lacking: report.lacking ?? [],
    stale: report.stale.map(({ text }) => text),
    staleEntries: report.stale.map(({ id, file = null, line }) => ({ id, file, line })),
    duration: rounded(report.duration),
    results: report.results.map(jsonResult),
  };
}

function jsonResult(result: Result): JSONResult {
  return {
    ...jsonCheck(result.check),
    go: goOf(result),
    verdict: result.verdict,
    unreached: result.unreached ?? false,
    blocked: result.blocked ?? false,
    see: result.see ?? [],
    duration: rounded(result.duration),
    remark: result.remark ?? null,
    expected: result.expected ?? null,
    actual: result.actual ?? null,
    process: result.process?.number ?? null,
    processes: result.process?.of ?? null,
    wire: result.wire ?? [],
    stderr: result.stderr ?? [],
    kept: result.kept ?? null,
    rerun: result.rerun,
  };
}

/** A check as JSON. */
export function jsonCheck(check: Requirement): JSONCheck {
  const { id, level, requirement, source, quote, confirmedBy, go, needs, slow } = check;
  const { outcome, text } = go;
  return {
    id,
    level,
    requirement,
    source,
    link: linkOf(source) ?? null,
    quote: quote ?? null,
    confirmedBy: confirmedBy ?? null,
    go: { outcome, text },
    needs,
    slow: slow ?? false,
  };
}

function rounded(ms: number): number {
  return Math.round(ms * 10) / 10;
}
