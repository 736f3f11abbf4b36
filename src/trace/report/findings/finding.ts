import type { TracedRequest } from "../../requests.ts";
import type { NamedTrace } from "../named.ts";
import type { Past, PastCache, PutActions } from "./past.ts";

/**
 * How bad a finding is. wrong: a build may fail, or make something wrong. slow: it costs time that can be saved. note: good
 * to know; often there's nothing to do.
 */
export type Level = "wrong" | "slow" | "note";

/** Something in a trace that looks wrong or slow. */
export interface Finding {
  /** Such as "missed-after-put". */
  readonly id: string;
  /** How bad it is. */
  readonly level: Level;
  /** What was found: one sentence, with how often. */
  readonly what: string;
  /** Why that is so, or matters: one or two sentences. */
  readonly why: string;
  /** What to do about it: one or two sentences. */
  readonly advice: string;
  /** Where to read more; "" if nowhere. */
  readonly source: string;
  /** How many cases there are. */
  readonly count: number;
  /** What it cost, in microseconds; 0 if that can't be told. */
  readonly time: number;
  /** The bytes that were sent for nothing; 0 if that can't be told. */
  readonly bytes: number;
  /** The packages it is about, the one that cost most first. */
  readonly packages: readonly string[];
  /** Requests it is about, at most 20: those that cost most. */
  readonly examples: readonly Example[];
}

/** A request that a finding is about. */
export interface Example {
  /** The trace, as its place among those given. */
  readonly process: number;
  /** The request's number in it. */
  readonly number: number;
}

/** One case of a finding. */
export interface Case {
  readonly request?: TracedRequest | undefined;
  /** "" if it's about none. */
  readonly package: string;
  /** What it cost, in microseconds and bytes. */
  readonly time: number;
  readonly bytes: number;
  /** What else the finding says, such as an error's text. The most common ones are shown. */
  readonly detail?: string;
}

/** What all cases of a finding have in common. */
export interface Tally {
  readonly count: number;
  readonly time: number;
  readonly bytes: number;
  readonly packages: readonly string[];
  /** The different details, the most common first. */
  readonly details: readonly string[];
  /** How many traces there are, with a case or without. */
  readonly traces: number;
}

/** Finds one kind of trouble. */
export interface Rule {
  readonly id: string;
  readonly level: Level;
  /** The cases in one trace. `cache` is what the traces before it did to its cache. */
  find(named: NamedTrace, actions: PutActions, cache: PastCache): Iterable<Case>;
  /** The cases that show only when there are no more traces. A rule that has this finds nothing before. */
  end?(past: Past): Iterable<Case>;
  what(tally: Tally): string;
  readonly why: string;
  readonly advice: string;
  readonly source?: string;
}
