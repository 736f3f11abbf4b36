import type { Command } from "../wire/messages.ts";
import type { CheckContext } from "./conversation/context.ts";

/**
 * What a violated requirement means. `must`: the go command fails, hangs or uses a wrong result, as the real one did, or
 * the documentation requires it word for word. `should`: it costs time or space, or breaks another client. `info`: only
 * reported, never fails.
 */
export type Level = "must" | "should" | "info";

/** What the go command does when a requirement is violated, in a word or two. */
export type GoOutcome = "fatal" | "hang" | "rebuilds" | "wrong result" | "slow" | "nothing";

/** One requirement of the protocol. */
export interface Requirement {
  /** The group and the subject, such as `put/empty-body`. Ids don't change. */
  readonly id: string;
  /** What a violation means. */
  readonly level: Level;
  /** The requirement, in one sentence. */
  readonly requirement: string;
  /** Where the requirement comes from: the documentation, or a line of Go. */
  readonly source: string;
  /** The sentence of the documentation that requires it; see documentation.ts. A must has this or `confirmedBy`. */
  readonly quote?: string;
  /** The fault that made the real go command fail, hang or use a wrong result. `bun run confirm` repeats that. */
  readonly confirmedBy?: string;
  /** What the go command does when it is violated. */
  readonly go: {
    readonly outcome: GoOutcome;
    /** What go build would do, such as "go build would hang". */
    readonly text: string;
  };
  /** The commands that the program must declare; otherwise the check is not applicable. */
  readonly needs: readonly Command[];
  /** Checked only with --slow, or by its id. */
  readonly slow?: boolean;
}

/** A requirement, and the test whether a program meets it. */
export interface Check extends Requirement {
  /** The check needs no hello, so it can run against a program that sends none. */
  readonly beforeHello?: boolean;
  /** How long the program may be silent in this check, in ms, if the suite's own limit is too short. */
  readonly deadline?: number;
  /**
   * Runs the check. Resolves to a remark for the report, or undefined.
   *
   * @throws {Finding} if the requirement is violated
   * @throws {NotApplicable} if the requirement doesn't apply to this program or this machine
   * @throws {CouldNotRun} if something that the check depends on is broken in the program. A system error, which any
   *   check may throw, means the same for this machine.
   */
  run(context: CheckContext): Promise<string | undefined>;
}
