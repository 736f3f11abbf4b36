import type { Command } from "../../wire/messages.ts";
import type { Measurement, Trial } from "./measurement.ts";

/** One thing that is measured: data, and a short function. */
export interface Figure {
  /** Such as `get-hit/16`: the group, and one of it. */
  readonly id: string;
  readonly sentence: string;
  /** Whether what counts is how many calls there are in a second, or how long all of it takes. */
  readonly shows: "rate" | "time";
  /** What the program has to declare. */
  readonly needs: readonly Command[];
  /** @throws (rejects) {Unexpected} for answers that are not those of a cache program; as the client does */
  run(trial: Trial): Promise<Measurement>;
}

/** One process of a program, and the figures that it is good for, one after another. */
export interface Session {
  readonly figures: readonly Figure[];
  /** How the program that does nothing answers a get here. */
  readonly answer: "hit" | "miss";
  /** What has to be there before. */
  prepare?(trial: Trial): Promise<void>;
}

/** Processes that find what those before them have put: they have one sandbox. */
export interface Scene {
  /** Also part of the seed, so that no two scenes have entries in common. */
  readonly name: string;
  readonly sessions: readonly Session[];
}

/** All that is measured of one kind. */
export interface Workload {
  readonly name: string;
  readonly sentence: string;
  readonly scenes: readonly Scene[];
}

/** All figures of scenes, each of them once. */
export function figuresIn(scenes: readonly Scene[]): readonly Figure[] {
  return [...new Set(scenes.flatMap(({ sessions }) => sessions.flatMap(({ figures }) => figures)))];
}
