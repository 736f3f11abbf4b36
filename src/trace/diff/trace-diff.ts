import type { Names } from "../names/names.ts";
import type { Trace } from "../trace.ts";

/** A trace of a go process, and the names of its actions. */
export interface DiffTrace {
  /** What was recorded. */
  readonly trace: Trace;
  /** What its action ids stand for. */
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
  /** Those that only the first build asked for. */
  readonly removed: readonly EntryDiff[];
  /** How many entries are the same. */
  readonly same: number;
  /** How many of them missed in the first build, and hit in the second one. */
  readonly found: number;
  /** How many entries without a name only one of both builds has: what became of them can't be told. */
  readonly unnamed: number;
}

/** Something about the go processes that isn't the same; "" if it isn't there. */
export interface Setting {
  /** Such as "the working directory", or the name of an environment variable. */
  readonly name: string;
  /** Its value in the first build. */
  readonly before: string;
  /** Its value in the second one. */
  readonly after: string;
}

/** A package at which a change began. */
export interface Cause {
  /** The import path. */
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
  /** The kind of the action; "" if it has no name. */
  readonly kind: string;
  /** The import path of its package; "" if there is none. */
  readonly package: string;
  /** The file or directory that it is about; "" if there is none. */
  readonly file: string;
  /** The action id in the first build, in hex; "" if it had none. */
  readonly before: string;
  /** The action id in the second one; "" if it had none. */
  readonly after: string;
  /** What the last get of the first build said, or stored if there was only a put; "" if there was neither. */
  readonly outcomeBefore: string;
  /** The same of the second build. */
  readonly outcomeAfter: string;
  /** What it cost the second build, or of a removed one the first build: the time of its gets and puts. */
  readonly time: number;
  /** The bytes that were put for it, likewise. */
  readonly bytes: number;
}

/** Whether two builds asked for the same, and got the same. Their settings may differ, and a miss may have become a hit. */
export function nothingDiffers(diff: TraceDiff): boolean {
  const { causes, changed, lost, outputs, added, removed, unnamed } = diff;
  return unnamed === 0 && [causes, changed, lost, outputs, added, removed].every((list) => list.length === 0);
}
