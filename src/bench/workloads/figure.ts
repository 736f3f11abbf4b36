import type { Command } from "../../wire/messages.ts";
import type { FigureContext, Measurement } from "./measurement.ts";

/**
 * One thing to measure: data and a short function.
 *
 * The folder: calls-workload.ts, std.ts and traced.ts are the workloads, made of these types; measurement.ts runs and
 * times calls, replayed.ts those of a build, and process-usage.ts reads CPU time and memory. Action ids and bodies come
 * from trace/replay.
 */
export interface Figure {
  /** Such as `get-hit/16`: the group, and the figure in it. */
  readonly id: string;
  readonly description: string;
  /** Show calls per second, or the time of the whole run. */
  readonly shows: "rate" | "time";
  /** The commands that the program must declare. */
  readonly needs: readonly Command[];
  /** @throws (rejects) {Unexpected} for wrong answers; what the client throws */
  run(context: FigureContext): Promise<Measurement>;
}

/** A part of a scenario: one process of a program, and the figures that are measured with it, one after another. */
export interface Phase {
  readonly figures: readonly Figure[];
  /** How the no-op program answers gets in this phase. */
  readonly answer: "hit" | "miss";
  /** Puts what the figures need. */
  prepare?(context: FigureContext): Promise<void>;
}

/** Phases that share one sandbox: each finds what the phases before it have put. */
export interface Scenario {
  /** Part of the seed, so no two scenarios share entries. */
  readonly name: string;
  readonly phases: readonly Phase[];
  /** Puts what the phases need, in a process of its own, as an earlier go command would have. */
  prepare?(context: FigureContext): Promise<void>;
}

/** A kind of load, such as single calls, or a build. */
export interface Workload {
  readonly name: string;
  readonly description: string;
  readonly scenarios: readonly Scenario[];
}

/** All figures of some scenarios, without duplicates. */
export function figuresIn(scenarios: readonly Scenario[]): readonly Figure[] {
  return [...new Set(scenarios.flatMap(({ phases }) => phases.flatMap(({ figures }) => figures)))];
}
