import { tmpdir } from "node:os";
import { programName } from "../client/executable.ts";
import type { Check } from "./check.ts";
import { absoluteWords, shellWords } from "./command-words.ts";
import { type Dialect, dialects } from "./dialect.ts";
import { cut, evidence, type Findings, findingsOf, isLate } from "./findings.ts";
import { greet, type NotStarted } from "./greeting.ts";
import type { KnownFailures } from "./known.ts";
import { type Machine, ThisMachine } from "./machine.ts";
import { Patience } from "./patience.ts";
import { requireTime } from "./ranges.ts";
import { rehearse, type Stage } from "./rehearsal.ts";
import { isFailure, type Result } from "./report.ts";
import { findingText } from "./reports/finding.ts";
import type { TraceEntry } from "./trace.ts";
import type { Trial } from "./trial.ts";
import { type Keeping, Trials, type Work } from "./trials.ts";
import { Turns } from "./turns.ts";

/** How long a check may take, in ms, unless it or the caller says otherwise. */
const checkDeadline = 5_000;
/** How long after its deadline a check has to be done, in ms. One that is not is a mistake of the suite. */
const overtime = 1_000;
/** How many times longer a program is waited for at the start, and where a check is tried again. */
const [atStart, again] = [3, 2];

/** How many second tries in a row have to fail as the first for no more to be made. */
const enough = 3;

export interface ExaminationOptions {
  /** What people are to call the program; its command unless set. */
  readonly name?: string;
  /** The client whose bytes are used: go1.24 unless set. */
  readonly dialect?: Dialect;
  /** How long one check may take, in ms, unless the check needs longer: 5,000. */
  readonly checkTimeout?: number;
  /** Variables that the program has as this process has them, in the place of a sandbox's own, such as HOME. */
  readonly passEnv?: readonly string[];
  /** The failures that are expected. */
  readonly known?: KnownFailures;
  /** The words that run one check alone; `cacheprogw check ID -- PROGRAM` unless set. */
  readonly alone?: (check: Check) => readonly string[];
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
export class Examination implements Disposable {
  readonly command: readonly string[];
  readonly name: string;
  readonly dialect: Dialect;
  readonly #options: ExaminationOptions;
  readonly #signal: AbortSignal;
  readonly #timeout: number;
  readonly #trials: Trials;
  readonly #turns = new Turns();
  readonly #machine: Machine & Partial<Disposable>;
  readonly #doubts = new Set<Doubt>();
  /** How many second tries in a row have found the same as the first. */
  #confirmed = 0;
  #commands: ReadonlySet<string> = new Set();
  #notStarted: NotStarted | undefined;

  /**
   * Starts the program once, for its hello. Should this process exit, whatever was started goes with it.
   *
   * @throws (rejects) {ArgumentError} for a time out of range
   */
  static async begin(command: readonly string[], options: ExaminationOptions = {}): Promise<Examination> {
    requireTime("checkTimeout", options.checkTimeout);
    const examination = new Examination(command, options);
    try {
      await examination.#greet();
    } catch (error) {
      examination[Symbol.dispose]();
      throw error;
    }
    return examination;
  }

  private constructor(command: readonly string[], options: ExaminationOptions) {
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
    this.#trials = new Trials({ command: words, dialect, signal: this.#signal, keep, trace, passEnv });
  }

  [Symbol.dispose](): void {
    this.#trials[Symbol.dispose]();
    this.#machine[Symbol.dispose]?.();
  }

  /** Why nothing can be asked of the program, if that is so. */
  get notStarted(): NotStarted | undefined {
    return this.#notStarted;
  }

  /** What this machine lacked, in sentences, where that has made a finding doubtful. */
  get lacking(): readonly string[] {
    return [...this.#doubts].map((doubt) => lackingSentence[doubt]);
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
  async judge(check: Check, retry = this.#options.retry ?? true): Promise<Result> {
    const result = { check, duration: 0, alone: this.#alone(check) };
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
    const findings = await this.#findings(check, retry);
    // What a check says that was stopped in its middle is no finding.
    if (this.#signal.aborted && findings.verdict !== "passed") return unreached("the run was stopped");
    return { ...result, ...findings, duration: performance.now() - started };
  }

  /** The stage at which a plain conversation fails, as go would have it; undefined where it does not. */
  async rehearse(): Promise<Stage | undefined> {
    if (this.#notStarted !== undefined || this.#signal.aborted) return undefined;
    try {
      const mark = this.#machine.mark();
      const first = await this.#trials.withOne(this.#timeout, rehearse);
      if (!first?.late || !this.#machine.wasBusySince(mark)) return first?.stage;
      return (await this.#trials.withOne(again * this.#timeout, rehearse))?.stage;
    } catch {
      return undefined; // what this machine refuses, each check meets again, and says so
    }
  }

  /** What is said of a check that is not run, because others have failed that explain why it would. */
  blocked(check: Check, see: readonly string[]): Result {
    const result = { check, duration: 0, alone: this.#alone(check) };
    const missing = this.notApplicable(check);
    if (missing !== undefined) return { ...result, verdict: "not applicable", remark: missing };
    return { ...result, verdict: "not run", blocked: true, see, remark: `see ${see.join(", ")}` };
  }

  /** What a check finds; where the machine may be at fault, what it finds alone and with more time. */
  async #findings(check: Check, retry: boolean): Promise<Findings> {
    const time = this.deadlineOf(check);
    const first = await this.#turns.shared(() => this.#attempt(check, time));
    if (first.doubt === undefined || this.#signal.aborted || !retry) return first.findings;
    this.#doubts.add(first.doubt);
    // So often the machine was not at fault: it is not worth everybody's time to ask once more.
    if (this.#confirmed >= enough) return first.findings;
    const { findings, doubt } = await this.#turns.alone(() => this.#attempt(check, again * time));
    if (doubt === "room") {
      const { actual, remark } = findings;
      return { verdict: "not run", remark: `there is no room left in ${tmpdir()}: ${actual ?? remark}` };
    }
    if (findings.verdict !== "passed") {
      this.#confirmed++;
      return findings;
    }
    this.#confirmed = 0;
    const { actual, kept, remark } = first.findings;
    const before = `when it was tried alone; before, ${because[first.doubt]}: ${actual ?? remark}`;
    return { ...findings, kept, remark: [findings.remark, before].filter(Boolean).join("; ") };
  }

  async #attempt(check: Check, time: number): Promise<Attempt> {
    const mark = this.#machine.mark();
    const { known } = this.#options;
    try {
      const work: Work<Attempt> = async (trial, keep) => {
        try {
          const remark = cut(await this.#bounded(check, trial));
          if (check.level !== "info") return { findings: { verdict: "passed", remark } };
          return { findings: { verdict: "info", remark, ...(await evidence(trial)) } };
        } catch (error) {
          const found = { ...findingsOf(error, check, known), ...(await evidence(trial, error)) };
          const findings = { ...found, ...this.#kept(check, found, keep) };
          const isDoubtful = isLate(error) && this.#machine.wasBusySince(mark);
          return { findings, doubt: isDoubtful ? "busy" : await this.#roomDoubt(findings) };
        }
      };
      return await this.#trials.withOne(time, work, { check: check.id });
    } catch (error) {
      const findings = findingsOf(error, check, known); // the sandbox could not be made
      return { findings, doubt: await this.#roomDoubt(findings) };
    }
  }

  /** Has a trial kept where there is something to look into. */
  #kept(check: Check, findings: Findings, keep: Keeping): Pick<Findings, "kept"> {
    const { verdict, remark = "" } = findings;
    if (verdict === "info" || verdict === "not applicable") return {};
    const alone = this.#alone(check);
    const text = isFailure({ verdict }) ? findingText({ check, duration: 0, alone, ...findings }) : remark;
    return { kept: keep(text) };
  }

  /** Whether a finding may come of a disk that is full, or was while other checks had their files there. */
  async #roomDoubt({ verdict, ...findings }: Findings): Promise<Doubt | undefined> {
    if (verdict === "error" || verdict === "not applicable") return undefined;
    const room = await this.#machine.room(tmpdir()).catch(() => "enough");
    const isSaid = /no space|ENOSPC|quota|EDQUOT/i.test(JSON.stringify(findings));
    return room === "none" || (room === "little" && isSaid) ? "room" : undefined;
  }

  /** A check, which ends soon after its deadline whatever it waits for. */
  async #bounded(check: Check, trial: Trial): Promise<string | undefined> {
    const overdue = Promise.withResolvers<never>();
    const expire = () =>
      overdue.reject(new Error(`${check.id} did not end by its deadline; a check has to keep it`));
    const forget = trial.patience.onEnd(expire, overtime);
    this.#signal.addEventListener("abort", expire, { once: true });
    try {
      return await Promise.race([check.run(trial), overdue.promise]);
    } finally {
      forget();
      this.#signal.removeEventListener("abort", expire);
    }
  }

  #alone(check: Check): string {
    const { alone, dialect = dialects[0] } = this.#options;
    const as = dialect === dialects[0] ? [] : ["--as", dialect.name];
    return shellWords(alone?.(check) ?? ["cacheprogw", "check", check.id, ...as, "--", ...this.command]);
  }

  async #greet(): Promise<void> {
    const times = { first: atStart * this.#timeout, again: this.#timeout };
    const found = await greet(this.#trials, times);
    if (this.#signal.aborted) return; // nobody waits for it any more, which says nothing of the program
    if ("reason" in found) this.#notStarted = found;
    else {
      this.#commands = found.commands;
      this.#trials.slowStart = found.took;
    }
  }
}

/** What may be at fault in the place of the program: processors that are busy, or a disk without room. */
type Doubt = "busy" | "room";

const because: Readonly<Record<Doubt, string>> = {
  busy: "when this machine was busy",
  room: "when there was little room on the disk",
};

const lackingSentence: Readonly<Record<Doubt, string>> = {
  busy: "This machine was too busy for what has a time: such checks were tried again, alone. With fewer at once (--jobs) there is less to doubt.",
  room: `There is little room in ${tmpdir()}: checks that failed were tried again, alone. TMPDIR may name another place.`,
};

/** One try of a check. */
interface Attempt {
  readonly findings: Findings;
  readonly doubt?: Doubt | undefined;
}
