import { programName } from "../../client/process/executable.ts";
import type { Check } from "../check.ts";
import { Patience } from "../conversation/patience.ts";
import type { KnownFailures } from "../known.ts";
import { type Dialect, dialects } from "../peer/dialect.ts";
import type { TraceEntry } from "../peer/trace.ts";
import type { Result } from "../report.ts";
import { absoluteWords, shellWords } from "../sandbox/command-words.ts";
import { again, CheckRunner } from "./check-runner.ts";
import { CheckContexts } from "./contexts.ts";
import { handshake, type NotStarted } from "./handshake.ts";
import { type Machine, ThisMachine } from "./machine.ts";
import { requireTime } from "./ranges.ts";
import { type Stage, smokeTest } from "./smoke-test.ts";

/** How long the program may be silent in a check, in ms, unless that or the caller says otherwise. */
const checkDeadline = 5_000;
/** How many times longer a program is waited for at the start. */
const atStart = 3;

export interface ProgramUnderTestOptions {
  /** What people are to call the program; its command unless set. */
  readonly name?: string;
  /** The client whose bytes are used: go1.24 unless set. */
  readonly dialect?: Dialect;
  /** How long the program may be silent in a check, in ms, unless the check needs longer: 5,000. See {@link Patience}. */
  readonly checkTimeout?: number;
  /** Variables that the program has as this process has them, in the place of a sandbox's own, such as HOME. */
  readonly passEnv?: readonly string[];
  /** The failures that are expected. */
  readonly known?: KnownFailures;
  /** The words that run one check alone; `cacheprogw check ID -- PROGRAM` unless set. */
  readonly rerun?: (check: Check) => readonly string[];
  /** Ends what is under way: the check could not be run then. */
  readonly signal?: AbortSignal;
  /**
   * A directory that is empty, or not there: what is to be known of each check that fails is kept in it, under its id.
   * `sandbox` is where it ran, `conversation.jsonl` has all {@link TraceEntry}s, `stderr-1.txt` what the first program
   * wrote, `command-1.sh` starts that again, `finding.txt` is what is reported.
   */
  readonly keep?: string;
  /** Told all that is said to programs, and by them. */
  readonly trace?: (entry: TraceEntry) => void;
  /** Whether a check is tried again, alone, where this machine may be at fault: it is, unless this is false. */
  readonly retry?: boolean;
  /** @internal What tells whether this machine may be at fault: a test has one that it controls. */
  readonly machine?: Machine;
}

/** One program, ready to have checks run against it: what it declares is known. */
export class ProgramUnderTest implements Disposable {
  readonly command: readonly string[];
  readonly name: string;
  readonly dialect: Dialect;
  readonly #options: ProgramUnderTestOptions;
  readonly #signal: AbortSignal;
  readonly #timeout: number;
  readonly #contexts: CheckContexts;
  readonly #checkRunner: CheckRunner;
  readonly #machine: Machine & Partial<Disposable>;
  #commands: ReadonlySet<string> = new Set();
  #notStarted: NotStarted | undefined;

  /**
   * Starts the program once, for its hello. Should this process exit, whatever was started goes with it.
   *
   * @throws (rejects) {ArgumentError} for a time out of range
   */
  static async begin(
    command: readonly string[],
    options: ProgramUnderTestOptions = {},
  ): Promise<ProgramUnderTest> {
    requireTime("checkTimeout", options.checkTimeout);
    const program = new ProgramUnderTest(command, options);
    try {
      await program.#handshake();
    } catch (error) {
      program[Symbol.dispose]();
      throw error;
    }
    return program;
  }

  private constructor(command: readonly string[], options: ProgramUnderTestOptions) {
    this.command = command;
    this.name = options.name ?? programName(command).replace(/\s+/g, " ");
    this.dialect = options.dialect ?? dialects[0];
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#timeout = options.checkTimeout ?? checkDeadline;
    this.#machine = options.machine ?? new ThisMachine();
    const { dialect } = this;
    const { keep, trace, passEnv } = options;
    const words = absoluteWords(command);
    this.#contexts = new CheckContexts({
      command: words,
      dialect,
      signal: this.#signal,
      keep,
      trace,
      passEnv,
    });
    this.#checkRunner = new CheckRunner({
      contexts: this.#contexts,
      machine: this.#machine,
      signal: this.#signal,
      known: options.known,
      rerun: (check) => this.#rerun(check),
    });
  }

  [Symbol.dispose](): void {
    this.#contexts[Symbol.dispose]();
    this.#machine[Symbol.dispose]?.();
  }

  /** Why nothing can be asked of the program, if that is so. */
  get notStarted(): NotStarted | undefined {
    return this.#notStarted;
  }

  /** What this machine lacked, in sentences, where that has made a finding doubtful. */
  get lacking(): readonly string[] {
    return this.#checkRunner.lacking;
  }

  /** How long the program may be silent in a check, in ms. */
  deadlineOf(check: Check): number {
    return Math.max(check.deadline ?? 0, this.#timeout);
  }

  /** The most time that a check takes, with a second try of it, in ms. */
  longest(check: Check): number {
    return Patience.longest((1 + again) * this.deadlineOf(check));
  }

  /** Why a check is not applicable, if it is not. */
  notApplicable({ needs }: Check): string | undefined {
    const missing = needs.filter((command) => !this.#commands.has(command));
    return missing.length === 0 ? undefined : `${missing.join(", ")} is not declared`;
  }

  /**
   * Runs a check, whatever the program does.
   *
   * @param retry whether it is tried again where this machine may be at fault
   */
  async run(check: Check, retry = this.#options.retry ?? true): Promise<Result> {
    const result = { check, duration: 0, rerun: this.#rerun(check) };
    const unreached = (remark: string): Result => ({
      ...result,
      verdict: "not run",
      remark,
      unreached: true,
    });
    if (this.#signal.aborted) return unreached("the run was stopped before");
    if (this.#notStarted !== undefined && !(check.beforeHello && !this.#notStarted.atAll)) {
      return unreached("the program said no hello");
    }
    const missing = this.#notStarted === undefined ? this.notApplicable(check) : undefined;
    if (missing !== undefined) return { ...result, verdict: "not applicable", remark: missing };
    const started = performance.now();
    const found = await this.#checkRunner.run(check, this.deadlineOf(check), retry);
    // What a check says that was stopped in its middle is no finding.
    if (this.#signal.aborted && found.verdict !== "passed") return unreached("the run was stopped");
    return { ...result, ...found, duration: performance.now() - started };
  }

  /** The stage at which a plain conversation fails, as go would have it; undefined where it does not. */
  async smokeTest(): Promise<Stage | undefined> {
    if (this.#notStarted !== undefined || this.#signal.aborted) return undefined;
    try {
      const mark = this.#machine.mark();
      const first = await this.#contexts.withContext(this.#timeout, smokeTest);
      if (!first?.late || !this.#machine.wasBusySince(mark)) return first?.stage;
      return (await this.#contexts.withContext(again * this.#timeout, smokeTest))?.stage;
    } catch {
      return undefined; // what this machine refuses, each check meets again, and says so
    }
  }

  /** What is said of a check that is not run, because others have failed that explain why it would. */
  blocked(check: Check, see: readonly string[]): Result {
    const result = { check, duration: 0, rerun: this.#rerun(check) };
    const missing = this.notApplicable(check);
    if (missing !== undefined) return { ...result, verdict: "not applicable", remark: missing };
    return { ...result, verdict: "not run", blocked: true, see, remark: `see ${see.join(", ")}` };
  }

  #rerun(check: Check): string {
    const { rerun, dialect = dialects[0] } = this.#options;
    const as = dialect === dialects[0] ? [] : ["--as", dialect.name];
    return shellWords(rerun?.(check) ?? ["cacheprogw", "check", check.id, ...as, "--", ...this.command]);
  }

  async #handshake(): Promise<void> {
    const times = { first: atStart * this.#timeout, again: this.#timeout };
    const found = await handshake(this.#contexts, times);
    if (this.#signal.aborted) return; // nobody waits for it any more, which says nothing of the program
    if ("reason" in found) this.#notStarted = found;
    else {
      this.#commands = found.commands;
      this.#contexts.slowStart = found.took;
    }
  }
}
