import type { Command } from "../wire/messages.ts";
import type { CheckContext } from "./conversation/context.ts";

/**
 * What a broken requirement means: `must`, the go command fails, hangs or uses a wrong result, as real go did, or the
 * documentation demands it word for word; `should`, it costs something, or another client trips over it; `info`, it is told and never judged.
 */
export type Level = "must" | "should" | "info";

/** What the go command does when a requirement is broken, in one word. */
export type GoOutcome = "fatal" | "hang" | "rebuilds" | "wrong result" | "slow" | "nothing";

/** One requirement, and how to find out whether a program keeps it. */
export interface Check {
  /** Stable, such as `put/empty-body`: the group and the thing. */
  readonly id: string;
  readonly level: Level;
  /** What is required, in one sentence. */
  readonly requirement: string;
  /** What makes it so: the documentation, or the line of Go. */
  readonly source: string;
  /** The sentence of the documentation that demands it, word for word; see documentation.ts. A must has this or the next. */
  readonly quote?: string;
  /** The fault of `faults` by which the real go command failed, hung or went wrong: `bun run confirm` repeats that. */
  readonly confirmedBy?: string;
  readonly go: {
    readonly outcome: GoOutcome;
    /** What go build would do, as a clause: "go build would hang". */
    readonly text: string;
  };
  /** The commands that the program has to declare; without one of them the check is not applicable. */
  readonly needs: readonly Command[];
  /** Asks nothing of the hello, and so can be run against a program that says none. */
  readonly beforeHello?: boolean;
  /** Takes long: only with --slow. */
  readonly slow?: boolean;
  /** How long the program may be silent in it, in ms, where the suite's own time is too short. */
  readonly deadline?: number;
  /**
   * Finds out. What it resolves to is a remark for the report.
   *
   * @throws {Finding} the requirement is broken
   * @throws {NotApplicable} it asks nothing of this program, or here
   * @throws {CouldNotRun} something that it stands on is broken in the program; an error of the system says the same of
   *   this machine
   */
  run(context: CheckContext): Promise<string | undefined>;
}
