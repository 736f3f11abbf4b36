import type { Command } from "../../wire/messages.ts";
import type { Check, GoOutcome, Level } from "../check.ts";
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
import { linkOf } from "./link.ts";

/** A report as JSON. A field is added without a new version; one that goes, or means something else, makes one. */
export interface JSONReport {
  readonly version: 1;
  /** The program's words, as they were given. */
  readonly command: readonly string[];
  readonly dialect: string;
  readonly strict: boolean;
  readonly outcome: Outcome;
  /** How many checks ended in which way. */
  readonly counts: Counts;
  /** Why the program could not be asked anything; null where it could. */
  readonly notStarted: string | null;
  /** The first and the last lines of its stderr then. */
  readonly stderr: readonly string[];
  /** What ended the run before its end; null where nothing did. */
  readonly stopped: Stop | null;
  /** What this machine lacked, so that findings were doubtful, in sentences. */
  readonly lacking: readonly string[];
  /** What is wrong with entries of the known failures. */
  readonly stale: readonly string[];
  /** Where these entries stand, in the same order. */
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
  /** The run did not get to it. */
  readonly unreached: boolean;
  /** It was not run because of the program: something that it stands on is broken. */
  readonly blocked: boolean;
  /** The checks that explain that, where they are known. */
  readonly see: readonly string[];
  /** In ms. */
  readonly duration: number;
  readonly remark: string | null;
  readonly expected: string | null;
  readonly actual: string | null;
  /** Which of several programs that the check started the rest is about, from 1; null where there was one. */
  readonly process: number | null;
  /** How many it started; null where there was one. */
  readonly processes: number | null;
  readonly wire: readonly string[];
  readonly stderr: readonly string[];
  /** The directory in which its sandbox and its conversation are kept; null where they are not. */
  readonly kept: string | null;
  /** The command that runs it alone, for a shell. */
  readonly rerun: string;
}

/** A check of the catalogue as JSON. */
export interface JSONCheck {
  readonly id: string;
  readonly level: Level;
  readonly requirement: string;
  readonly source: string;
  /** Where to read the source; null where there is no page. */
  readonly link: string | null;
  /** What the documentation of the protocol says of it, word for word. */
  readonly quote: string | null;
  /** The fault with which real go was seen to do what {@link go} says. */
  readonly confirmedBy: string | null;
  readonly go: { readonly outcome: GoOutcome; readonly text: string };
  /** The commands that a program has to declare to be asked. */
  readonly needs: readonly Command[];
  /** Only with --slow. */
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

export function jsonCheck(check: Check): JSONCheck {
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
