import type { Command } from "../../wire/messages.ts";
import type { FigureContext, Measurement } from "./measurement.ts";

/** One thing that is measured: data, and a short function. */
export interface Figure {
  /** Such as `get-hit/16`: the group, and one of it. */
  readonly id: string;
  readonly description: string;
  /** Whether what counts is how many calls there are in a second, or how long all of it takes. */
  readonly shows: "rate" | "time";
  /** What the program has to declare. */
  readonly needs: readonly Command[];
  /** @throws (rejects) {Unexpected} for answers that are not those of a cache program; as the client does */
  run(context: FigureContext): Promise<Measurement>;
}

/** A part of a scenario: one process of a program, and the figures that are measured with it, one after another. */
export interface Phase {
  readonly figures: readonly Figure[];
  /** How the program that does nothing answers a get here. */
  readonly answer: "hit" | "miss";
  /** What has to be there before. */
  prepare?(context: FigureContext): Promise<void>;
}

/** Phases in one sandbox: each process finds what those before it have put. */
export interface Scenario {
  /** Also part of the seed, so that no two scenarios have entries in common. */
  readonly name: string;
  readonly phases: readonly Phase[];
}

/** A kind of load, such as single calls, or a build. */
export interface Workload {
  readonly name: string;
  readonly description: string;
  readonly scenarios: readonly Scenario[];
}

/** All figures of scenarios, each of them once. */
export function figuresIn(scenarios: readonly Scenario[]): readonly Figure[] {
  return [...new Set(scenarios.flatMap(({ phases }) => phases.flatMap(({ figures }) => figures)))];
}
