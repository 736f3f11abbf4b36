import { rmSync } from "node:fs";
import { programName } from "../../client/process/executable.ts";
import type { ContextSettings } from "../conversation/context.ts";
import { Patience } from "../conversation/patience.ts";
import type { KnownFailures } from "../known.ts";
import { type Dialect, dialects } from "../peer/dialect.ts";
import type { TraceEntry } from "../peer/trace.ts";
import type { Result } from "../report.ts";
import type { Check } from "../requirement.ts";
import { absoluteWords, checkCommand, shellWords } from "../sandbox/command-words.ts";
import { makeFolder } from "../sandbox/sandbox.ts";
import { type Begun, CheckRunner, retryFactor } from "./check-runner.ts";
import { handshake, type NotStarted } from "./handshake.ts";
import { type Machine, ThisMachine } from "./machine.ts";
import { requireTime } from "./ranges.ts";
import type { Stage } from "./smoke-test.ts";

/** The default of how long the program may be silent in a check, in ms. */
const checkDeadline = 5_000;
/** The factor by which time limits are longer at the start. */
const startFactor = 3;

export interface ProgramUnderTestOptions {
  /** The program's name in reports. Default: its command. */
  readonly name?: string;
  /** The client to act as. Default: go1.24. */
  readonly dialect?: Dialect;
  /** How long the program may be silent in a check, in ms. A check that needs longer gets it. Default: 5,000. */
  readonly checkTimeout?: number;
  /** Variables, such as HOME, that the program gets from this process instead of the sandbox. */
  readonly passEnv?: readonly string[];
  /** The expected failures. */
  readonly known?: KnownFailures;
  /** The command that runs one check alone. Default: `cacheprogw check ID -- PROGRAM`. */
  readonly rerun?: (check: Check) => readonly string[];
  /** Stops the running checks; they count as not reached. */
  readonly signal?: AbortSignal;
  /**
   * A directory that is empty or doesn't exist. Each failed check is kept in it, under its id: `sandbox` is where it ran,
   * `conversation.jsonl` has all {@link TraceEntry}s, `stderr-1.txt` the stderr of the first process, `command-1.sh`
   * starts that process again, `finding.txt` has the finding.
   */
  readonly keep?: string;
  /** Called with everything that programs receive, write or do. */
  readonly trace?: (entry: TraceEntry) => void;
  /** Whether to retry a check, alone, if this machine may have caused its finding. Default: true. */
  readonly retry?: boolean;
  /** @internal Measures whether this machine may be the cause; tests replace it. */
  readonly machine?: Machine;
}

/** One program after its handshake, ready for checks. */
export class ProgramUnderTest implements Disposable {
  readonly command: readonly string[];
  readonly name: string;
  readonly #options: ProgramUnderTestOptions;
  readonly #timeout: number;
  readonly #machine: Machine & Partial<Disposable>;
  readonly #settings: ContextSettings & { slowStart: number };
  readonly #checkRunner: CheckRunner;
  #commands: ReadonlySet<string> = new Set();
  #notStarted: NotStarted | undefined;

  /**
   * Starts the program once and waits for its hello. If this process exits, it kills every process that was started.
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
    const { dialect = dialects[0], signal = new AbortController().signal } = options;
    const { passEnv = [], keep, trace, known, retry = true } = options;
    this.command = command;
    this.name = options.name ?? programName(command).replace(/\s+/g, " ");
    this.#options = options;
    this.#timeout = options.checkTimeout ?? checkDeadline;
    this.#settings = {
      command: absoluteWords(command),
      dialect,
      signal,
      slowStart: 0,
      passEnv,
      compiled: makeFolder(),
      keep,
      trace,
      began: performance.now(),
      contexts: new Set(),
    };
    this.#machine = options.machine ?? new ThisMachine();
    this.#checkRunner = new CheckRunner({ settings: this.#settings, machine: this.#machine, known, retry });
    process.once("exit", this.#abandon);
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#abandon);
    this.#machine[Symbol.dispose]?.();
    rmSync(this.#settings.compiled, { recursive: true, force: true });
  }

  readonly #abandon = () => {
    for (const context of this.#settings.contexts) context.abandon();
    rmSync(this.#settings.compiled, { recursive: true, force: true });
  };

  get dialect(): Dialect {
    return this.#settings.dialect;
  }

  /** Why the program did not start or sent no hello; undefined if the handshake succeeded. */
  get notStarted(): NotStarted | undefined {
    return this.#notStarted;
  }

  /** What this machine lacked, which made findings doubtful: sentences. */
  get lacking(): readonly string[] {
    return this.#checkRunner.lacking;
  }

  /** How long the program may be silent in a check, in ms. */
  deadlineOf(check: Check): number {
    return Math.max(check.deadline ?? 0, this.#timeout);
  }

  /** The longest time that a check can take, with a retry, in ms. */
  longest(check: Check): number {
    return Patience.longest((1 + retryFactor) * this.deadlineOf(check));
  }

  /** Why a check is not applicable; undefined if it is. */
  notApplicable({ needs }: Check): string | undefined {
    const missing = needs.filter((command) => !this.#commands.has(command));
    return missing.length === 0 ? undefined : `${missing.join(", ")} is not declared`;
  }

  /** Runs a check. It always resolves, whatever the program does. */
  async run(check: Check): Promise<Result> {
    const { signal } = this.#settings;
    const begun = this.#begin(check);
    const unreached = (remark: string): Result => ({ ...begun, verdict: "not run", remark, unreached: true });
    if (signal.aborted) return unreached("the run had already stopped");
    if (this.#notStarted !== undefined && !(check.beforeHello && !this.#notStarted.atAll)) {
      return unreached("the program sent no hello");
    }
    const missing = this.#notStarted === undefined ? this.notApplicable(check) : undefined;
    if (missing !== undefined) return { ...begun, verdict: "not applicable", remark: missing };
    const started = performance.now();
    const found = await this.#checkRunner.run(begun, this.deadlineOf(check));
    // An error of a check that was interrupted is not a finding.
    if (signal.aborted && found.verdict !== "passed") return unreached("the run was stopped");
    return { ...begun, ...found, duration: performance.now() - started };
  }

  /** The result of a check that is not run because others have failed, which explain why it would fail too. */
  blocked(check: Check, see: readonly string[]): Result {
    const begun = this.#begin(check);
    const missing = this.notApplicable(check);
    if (missing !== undefined) return { ...begun, verdict: "not applicable", remark: missing };
    return { ...begun, verdict: "not run", blocked: true, see, remark: `see ${see.join(", ")}` };
  }

  /** The stage at which the smoke test fails; undefined if it passes. */
  async smokeTest(): Promise<Stage | undefined> {
    if (this.#notStarted !== undefined || this.#settings.signal.aborted) return undefined;
    try {
      return await this.#checkRunner.smokeTest(this.#timeout);
    } catch {
      return undefined; // every check runs into the same system error and reports it
    }
  }

  /** The part of a check's result that is known before it runs. */
  #begin(check: Check): Begun {
    const { rerun } = this.#options;
    const options = this.dialect === dialects[0] ? [] : ["--as", this.dialect.name];
    const words = rerun?.(check) ?? checkCommand(check.id, { options, program: this.command });
    return { check, duration: 0, rerun: shellWords(words) };
  }

  async #handshake(): Promise<void> {
    const times = { first: startFactor * this.#timeout, later: this.#timeout };
    const found = await handshake(this.#settings, times);
    if (this.#settings.signal.aborted) return; // the handshake was interrupted, which says nothing about the program
    if ("reason" in found) this.#notStarted = found;
    else {
      this.#commands = found.commands;
      this.#settings.slowStart = found.took;
    }
  }
}
