import type { ActionKind } from "../names/action-name.ts";
import type { Outcome } from "../requests.ts";

/** What a build asked its cache, and where the time went. All times are in microseconds, all sizes in bytes. */
export interface Summary {
  /** The go processes, one for each trace, by the time of their start. */
  readonly processes: readonly ProcessSummary[];
  /** All requests, including those of commands other than get and put. */
  readonly requests: number;
  /** What came of them. */
  readonly total: Counts;
  /** By command and outcome, the most common first. */
  readonly outcomes: readonly OutcomeSummary[];
  /** By kind of action; "" is the kind of those without a name. The one that took longest comes first. */
  readonly kinds: readonly GroupSummary[];
  /** By package; "" stands for actions of no package and those without a name. The one that took longest comes first. */
  readonly packages: readonly GroupSummary[];
  /** Of all processes together: two that ran for a second each are two seconds. */
  readonly time: TimeSummary;
  /** Sizes of what was got, and of what was put. */
  readonly sizes: { readonly hit: SizeSummary; readonly put: SizeSummary };
  /** The slowest requests, at most 20, the slowest first. */
  readonly slowest: readonly SlowRequest[];
  /**
   * How many different actions have a name, and how many don't. Most names come from go's action graph: some commands write
   * none, and some traces were recorded without it.
   */
  readonly actions: {
    readonly named: number;
    readonly unnamed: number;
    /** How many processes have no action graph. */
    readonly withoutGraph: number;
  };
}

/** One go process. */
export interface ProcessSummary {
  /** The trace file. */
  readonly file: string;
  /** The time of its start, as RFC 3339. */
  readonly started: string;
  /** The process id of go. */
  readonly pid: number;
  /** go's command line; empty if it isn't known. */
  readonly command: readonly string[];
  /** go's working directory; "" if it isn't known. */
  readonly directory: string;
  /** go's version, such as "go1.26.8"; "" if it isn't known. */
  readonly version: string;
  /** The cache program with its arguments; none if the recorder was the cache. */
  readonly program: readonly string[];
  /** When the program said hello; undefined if it never did. */
  readonly hello: number | undefined;
  /** How many requests there were, of all commands. */
  readonly requests: number;
  /** What came of them. */
  readonly total: Counts;
  /** Where its time went. */
  readonly time: TimeSummary;
}

/** How many requests there were, with what outcome. */
export interface Counts {
  /** All gets. Those that are neither hits nor misses failed or were lost. */
  readonly gets: number;
  /** Gets that hit. */
  readonly hits: number;
  /** Gets that missed. */
  readonly misses: number;
  /** All puts. Those that weren't stored failed or were lost. */
  readonly puts: number;
  /** Puts that succeeded. */
  readonly stored: number;
  /** Requests of any command that were answered with an error. */
  readonly errors: number;
  /** Requests of any command that never got a response. */
  readonly lost: number;
  /** The sizes of all hits. */
  readonly hitBytes: number;
  /** The sizes of all bodies that were put. */
  readonly putBytes: number;
  /** The sum of the times from request to response. Requests in flight at the same time count each. */
  readonly latency: number;
}

/** The requests of one kind or package. */
export interface GroupSummary {
  /** The kind, or the import path of the package. */
  readonly name: string;
  /** What came of its requests. */
  readonly total: Counts;
}

/** The requests of one command that had the same outcome. */
export interface OutcomeSummary {
  /** get, put, close, or whatever was sent. */
  readonly command: string;
  /** What came of them. */
  readonly outcome: Outcome;
  /** The sizes of the bodies. */
  readonly bytes: number;
  /** From request to response; a put's body is sent between both. */
  readonly latency: LatencySummary;
}

/** How long requests took, in microseconds. */
export interface LatencySummary {
  /** How many requests there were. */
  readonly count: number;
  /** The fastest. */
  readonly min: number;
  /** The median: half of the requests took at most that long. */
  readonly p50: number;
  /** Nine in ten took at most that long. */
  readonly p90: number;
  /** 99 in a hundred took at most that long. */
  readonly p99: number;
  /** The slowest. */
  readonly max: number;
  /** All of them together. */
  readonly sum: number;
}

/** Where the time went, in microseconds. */
export interface TimeSummary {
  /** From the start of the trace to its last event. */
  readonly total: number;
  /** With at least one request in flight. */
  readonly inFlight: number;
  /** With none in flight: go worked, or waited for something else. */
  readonly idle: number;
  /** How many were in flight while there were any, on average; 0 if there never were. */
  readonly average: number;
  /** The most that were in flight at the same time in one process. */
  readonly most: number;
}

/** Sizes of bodies, in bytes. */
export interface SizeSummary {
  /** How many bodies there were. */
  readonly count: number;
  /** All of them together. */
  readonly sum: number;
  /** The median: half of the bodies have at most that size. */
  readonly p50: number;
  /** Nine in ten have at most that size. */
  readonly p90: number;
  /** The largest. */
  readonly max: number;
  /** How many have at least `from` bytes and less than `to`. The classes adjoin; the last has no end: its `to` is Infinity. */
  readonly classes: readonly { readonly from: number; readonly to: number; readonly count: number }[];
}

/** A request that took long. */
export interface SlowRequest {
  /** The process, as its place in {@link Summary.processes}. */
  readonly process: number;
  /** Its number in the trace of the process. */
  readonly number: number;
  /** get, put, close, or whatever was sent. */
  readonly command: string;
  /** What came of it. */
  readonly outcome: Outcome;
  /** The action id, in hex; "" if there was none. */
  readonly action: string;
  /** The kind of the action; "" if it has no name. */
  readonly kind: ActionKind | "";
  /** The import path of its package; "" if there is none. */
  readonly package: string;
  /** The file or directory that the action is about; "" if there is none. */
  readonly file: string;
  /** The size of its body, in bytes. */
  readonly size: number;
  /** When it was sent, in microseconds since the start of its process. */
  readonly sent: number;
  /** How long it took, in microseconds. */
  readonly latency: number;
}

/** The share of gets that hit, from 0 to 1; 0 without gets. */
export function hitRate({ gets, hits }: Counts): number {
  return gets === 0 ? 0 : hits / gets;
}
