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
  readonly version: 1;
  /** The words of the program's command, as given. */
  readonly command: readonly string[];
  readonly dialect: string;
  readonly strict: boolean;
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
  readonly results: readonly JSONResult[];
}

export interface JSONResult extends JSONCheck {
  readonly verdict: Verdict;
  /** The run didn't reach it. */
  readonly unreached: boolean;
  /** The program is why it was not run: something that the check depends on is broken. */
  readonly blocked: boolean;
  /** The failed checks that explain that, if known. */
  readonly see: readonly string[];
  /** In ms. */
  readonly duration: number;
  readonly remark: string | null;
  readonly expected: string | null;
  readonly actual: string | null;
  /** If the check started several processes, the one that this result is about, from 1; null if it started one. */
  readonly process: number | null;
  /** How many processes it started; null if one. */
  readonly processes: number | null;
  readonly wire: readonly string[];
  readonly stderr: readonly string[];
  /** The directory that holds its sandbox and conversation; null if they weren't kept. */
  readonly kept: string | null;
  /** The shell command that runs it alone. */
  readonly rerun: string;
}

/** A check of the catalogue as JSON. */
export interface JSONCheck {
  readonly id: string;
  readonly level: Level;
  readonly requirement: string;
  readonly source: string;
  /** The page that shows the source; null if there is none. */
  readonly link: string | null;
  /** The sentence of the protocol's documentation that requires it, word for word. */
  readonly quote: string | null;
  /** The fault with which the real go command did what `go` says. */
  readonly confirmedBy: string | null;
  readonly go: { readonly outcome: GoOutcome; readonly text: string };
  /** The commands that the program must declare for the check to apply. */
  readonly needs: readonly Command[];
  /** Runs only with --slow. */
  readonly slow: boolean;
}

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
