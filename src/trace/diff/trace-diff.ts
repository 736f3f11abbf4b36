import type { Names } from "../names/names.ts";
import type { Trace } from "../trace.ts";

/** A trace of a go process, and the names of its actions. */
export interface DiffTrace {
  readonly trace: Trace;
  readonly names: Pick<Names, "of" | "originOf" | "graph">;
}

/** What differs between two builds. Times are in microseconds, sizes in bytes. */
export interface TraceDiff {
  /** What differs about the go processes: version, directory, command, environment. */
  readonly settings: readonly Setting[];
  /** Where it began: the packages whose own inputs changed, or whose output did. The one that cost most comes first. */
  readonly causes: readonly Cause[];
  /** Entries whose action id changed. */
  readonly changed: readonly EntryDiff[];
  /** Entries that the cache had, and then missed, with the same action id. */
  readonly lost: readonly EntryDiff[];
  /** Entries that have another output, with the same action id. */
  readonly outputs: readonly EntryDiff[];
  /**
   * Builds, vets and tests that only the second build asked for, and those that only the first one did. go asks for other
   * entries only if it needs them.
   */
  readonly added: readonly EntryDiff[];
  readonly removed: readonly EntryDiff[];
  /** How many entries are the same, and how many of them the second build hit after the first one had missed. */
  readonly same: number;
  readonly found: number;
  /** How many entries without a name only one of both builds has: what became of them can't be told. */
  readonly unnamed: number;
}

/** Something about the go processes that isn't the same; "" if it isn't there. */
export interface Setting {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** A package at which a change began. */
export interface Cause {
  readonly package: string;
  /** build, link or test output. */
  readonly kind: string;
  /**
   * inputs: its files, flags or environment changed. output: the same inputs made another output. test: the files or
   * variables that its test read changed.
   */
  readonly why: "inputs" | "output" | "test";
  /** Whether its files have changed, as far as their modification times and sizes tell. */
  readonly files: "changed" | "same" | "unknown";
  /** What is known of it, such as "a.go is new". */
  readonly details: readonly string[];
  /** The packages that changed because of it. */
  readonly dependents: readonly string[];
  /** Those of them whose own files have changed, too. */
  readonly touched: readonly string[];
  /** How long the second build worked on it and on its dependents, as far as it did. */
  readonly time: number;
}

/** An entry, in both builds. */
export interface EntryDiff {
  readonly kind: string;
  readonly package: string;
  readonly file: string;
  /** The action ids, in hex; "" where there is none. */
  readonly before: string;
  readonly after: string;
  /** What the last get said, or stored if there was only a put; "" where there is none. */
  readonly outcomeBefore: string;
  readonly outcomeAfter: string;
  /** What it cost the second build: gets and puts, and bytes that were put. Of a removed one, the first build. */
  readonly time: number;
  readonly bytes: number;
}

/** Whether two builds asked for the same, and got the same. Their settings may differ, and a miss may have become a hit. */
export function nothingDiffers(diff: TraceDiff): boolean {
  const { causes, changed, lost, outputs, added, removed, unnamed } = diff;
  return unnamed === 0 && [causes, changed, lost, outputs, added, removed].every((list) => list.length === 0);
}
