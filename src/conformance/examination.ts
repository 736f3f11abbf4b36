import { within } from "../client/deadline.ts";
import { programName } from "../client/executable.ts";
import { CacheProgError } from "../errors.ts";
import { type Check, CouldNotRun, Finding, NotApplicable } from "./check.ts";
import { absoluteWords, shellWords } from "./command-words.ts";
import { type Dialect, dialects } from "./dialect.ts";
import type { KnownFailures } from "./known.ts";
import type { Peer } from "./peer.ts";
import { requireTime } from "./ranges.ts";
import type { Result } from "./report.ts";
import { Sandbox } from "./sandbox.ts";
import { Trial } from "./trial.ts";

/** How long a check may take, in ms, unless it or the caller says otherwise. */
const checkDeadline = 5_000;
/** How long after its deadline a check has to be done, in ms. One that is not is a mistake of the suite. */
const overtime = 1_000;
/** How long to wait for the rest of the stderr of a program that has exited, in ms. */
const lastWords = 250;
/** The most of a text that is kept of a program, in characters. */
const longestText = 2_000;

export interface ExaminationOptions {
  /** What people are to call the program; its command unless set. */
  readonly name?: string;
  /** The client whose bytes are used: go1.24 unless set. */
  readonly dialect?: Dialect;
  /** How long one check may take, in ms, unless the check needs longer: 5,000. */
  readonly checkTimeout?: number;
  /** The failures that are expected. */
  readonly known?: KnownFailures;
  /** The words that run one check alone; `cacheprogw check ID -- PROGRAM` unless set. */
  readonly alone?: (check: Check) => readonly string[];
  /** Ends what is under way: the check could not be run then. */
  readonly signal?: AbortSignal;
}

/** Why a program could not be examined. */
export interface NotStarted {
  readonly reason: string;
  /** The first and the last lines of its stderr. */
  readonly stderr: readonly string[];
  /** It could not be run at all, so that there is nothing to check even of how it starts. */
  readonly atAll: boolean;
}

/** One program, ready to have checks run against it: what it declares is known. */
export class Examination implements Disposable {
  readonly command: readonly string[];
  readonly name: string;
  readonly dialect: Dialect;
  readonly #words: readonly string[];
  readonly #options: ExaminationOptions;
  readonly #signal: AbortSignal;
  readonly #timeout: number;
  readonly #running = new Set<Trial>();
  readonly #abandon = () => {
    for (const trial of this.#running) trial.abandon();
  };
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
    this.#words = absoluteWords(command);
    this.#options = options;
    this.#signal = options.signal ?? new AbortController().signal;
    this.#timeout = options.checkTimeout ?? checkDeadline;
    process.once("exit", this.#abandon);
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#abandon);
  }

  /** Why nothing can be asked of the program, if that is so. */
  get notStarted(): NotStarted | undefined {
    return this.#notStarted;
  }

  /** The most time that a check takes, in ms. */
  deadlineOf(check: Check): number {
    return Math.max(check.deadline ?? 0, this.#timeout);
  }

  /** Why a check is not applicable, if it is not. */
  notApplicable({ needs }: Check): string | undefined {
    const missing = needs.filter((command) => !this.#commands.has(command));
    return missing.length === 0 ? undefined : `${missing.join(", ")} is not declared`;
  }

  /** Runs a check, whatever the program does. */
  async judge(check: Check): Promise<Result> {
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
    const findings = await this.#attempt(check);
    // What a check says that was stopped in its middle is no finding.
    if (this.#signal.aborted && findings.verdict !== "passed") return unreached("the run was stopped");
    return { ...result, ...findings, duration: performance.now() - started };
  }

  async #attempt(check: Check): Promise<Findings> {
    try {
      await using sandbox = await Sandbox.create();
      return await this.#withTrial(sandbox, this.deadlineOf(check), async (trial) => {
        let outcome: Findings;
        let about: Peer | undefined;
        try {
          const remark = await this.#bounded(check, trial);
          outcome = { verdict: check.level === "info" ? "info" : "passed", remark: cut(remark) };
        } catch (error) {
          outcome = this.#verdictOf(error, check);
          about = error instanceof Finding ? error.peer : undefined;
        }
        about ??= trial.lastHeard;
        return about === undefined || outcome.verdict === "passed"
          ? outcome
          : { ...outcome, ...(await evidence(about, trial.peers)) };
      });
    } catch (error) {
      return this.#verdictOf(error, check); // the sandbox could not be made
    }
  }

  /** A check, which ends soon after its deadline whatever it waits for. */
  async #bounded(check: Check, trial: Trial): Promise<string | undefined> {
    const overdue = Promise.withResolvers<never>();
    const expire = () =>
      overdue.reject(new Error(`${check.id} did not end by its deadline; a check has to keep it`));
    const timer = setTimeout(expire, trial.timeLeft + overtime);
    this.#signal.addEventListener("abort", expire, { once: true });
    try {
      return await Promise.race([check.run(trial), overdue.promise]);
    } finally {
      clearTimeout(timer);
      this.#signal.removeEventListener("abort", expire);
    }
  }

  async #withTrial<T>(sandbox: Sandbox, time: number, work: (trial: Trial) => Promise<T>): Promise<T> {
    const trial = new Trial({
      command: this.#words,
      dialect: this.dialect,
      sandbox,
      deadline: performance.now() + time,
      signal: this.#signal,
    });
    this.#running.add(trial);
    try {
      return await work(trial);
    } finally {
      await trial.end();
      this.#running.delete(trial);
    }
  }

  #verdictOf(error: unknown, { id, level }: Check): Findings {
    if (error instanceof Finding) {
      const known = this.#options.known?.get(id);
      const failed = known === undefined ? "failed" : known.flaky ? "flaky" : "known";
      const remark = known?.reason || undefined;
      const verdict = level === "info" ? "info" : failed;
      return { verdict, remark, expected: cut(error.expected), actual: cut(error.actual) };
    }
    if (error instanceof NotApplicable) return { verdict: "not applicable", remark: error.message };
    // What the system refuses, such as another process, says nothing of the program.
    const isSystem = error instanceof CacheProgError || (error instanceof Error && "syscall" in error);
    if (error instanceof CouldNotRun || isSystem) return { verdict: "not run", remark: cut(error.message) };
    return {
      verdict: "error",
      remark: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }

  #alone(check: Check): string {
    const { alone, dialect = dialects[0] } = this.#options;
    const as = dialect === dialects[0] ? [] : ["--as", dialect.name];
    return shellWords(alone?.(check) ?? ["cacheprogw", "check", check.id, ...as, "--", ...this.command]);
  }

  async #greet(): Promise<void> {
    await using sandbox = await Sandbox.create();
    this.#notStarted = await this.#withTrial(sandbox, this.#timeout, async (trial) => {
      try {
        const { id, knownCommands } = await trial.spawn().hello();
        this.#commands = new Set(knownCommands);
        if (id === 0 && knownCommands.length > 0) return undefined;
        return {
          reason: "its first message is no hello, which has ID 0 and KnownCommands",
          stderr: [],
          atAll: false,
        };
      } catch (error) {
        if (this.#signal.aborted) return undefined; // nobody waits for it any more, which says nothing of the program
        const peer = trial.lastHeard;
        if (error instanceof Finding && peer !== undefined) {
          await stderrOf(peer);
          const reason = `it said no hello: ${cut(error.actual)}`;
          return { reason, stderr: [...peer.stderrLines], atAll: false };
        }
        if (error instanceof CacheProgError) return { reason: error.message, stderr: [], atAll: true };
        throw error;
      }
    });
  }
}

type Findings = Omit<Result, "check" | "duration" | "alone">;

/** What one of the programs that a check started has said. */
async function evidence(peer: Peer, peers: readonly Peer[]): Promise<Partial<Findings>> {
  await stderrOf(peer);
  const process = { number: peers.indexOf(peer) + 1, of: peers.length };
  const several = peers.length > 1 ? { process } : {};
  return { ...several, wire: [...peer.transcript.lines], stderr: [...peer.stderrLines] };
}

/** Waits for the end of the stderr of a program that has exited. One that runs has said what it has to say. */
async function stderrOf(peer: Peer): Promise<void> {
  if (peer.hasExited) await within(lastWords, peer.stderrEnded());
}

function cut<T extends string | undefined>(text: T): T | string {
  return text !== undefined && text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
