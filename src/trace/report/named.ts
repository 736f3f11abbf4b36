import type { Names } from "../names/names.ts";
import type { TracedRequest } from "../requests.ts";
import type { Trace } from "../trace.ts";

/** Tells what actions are, by their ids in hex: {@link Names} do. */
export type ActionNames = Pick<Names, "of">;

/** A trace with the names of its actions. */
export interface NamedTrace {
  /** What was recorded. */
  readonly trace: Trace;
  /** What its action ids stand for. */
  readonly names: ActionNames;
  /** What {@link readBuildIDs} found. Without it, nothing is said of files. */
  readonly buildIDs?: ReadonlyMap<string, string>;
}

/** From when a request came to its response, in microseconds. */
export function latencyOf({ sent, answered }: TracedRequest): number {
  return answered - sent;
}
