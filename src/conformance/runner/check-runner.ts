import { tmpdir } from "node:os";
import type { Check } from "../check.ts";
import type { CheckContext } from "../conversation/context.ts";
import type { KnownFailures } from "../known.ts";
import { isFailure } from "../report.ts";
import { findingText } from "../reports/text.ts";
import type { CheckContexts, KeepFunction, Work } from "./contexts.ts";
import type { Machine } from "./machine.ts";
import { cut, evidence, isLate, type PartialResult, resultOfError } from "./partial-result.ts";
import { ReadWriteLock } from "./read-write-lock.ts";

/** How long after its deadline a check must have ended, in ms. If it hasn't, that is a bug in the suite. */
const overtime = 1_000;
/** The factor by which time limits grow when a check is retried. */
export const retryFactor = 2;
/** After this many retries in a row that confirmed the first attempt, checks are no longer retried. */
const enoughConfirmations = 3;

interface CheckRunnerOptions {
  readonly contexts: CheckContexts;
  readonly machine: Machine;
  readonly signal: AbortSignal;
  readonly known: KnownFailures | undefined;
  /** The command that runs a check alone. */
  rerun(check: Check): string;
}

/** Runs single checks, and retries one if this machine may have caused the finding. */
export class CheckRunner {
  readonly #options: CheckRunnerOptions;
  readonly #lock = new ReadWriteLock();
  readonly #doubts = new Set<Doubt>();
  /** How many retries in a row have confirmed the first attempt. */
  #confirmed = 0;

  constructor(options: CheckRunnerOptions) {
    this.#options = options;
  }

  /** What this machine lacked, which made findings doubtful: sentences. */
  get lacking(): readonly string[] {
    return [...this.#doubts].map((doubt) => lackingSentence[doubt]);
  }

  /**
   * Runs a check. If the machine may have caused the finding, runs it again, alone and with more time.
   *
   * @param time how long the program may be silent, in ms
   * @param retry whether the check may be retried
   */
  async run(check: Check, time: number, retry: boolean): Promise<PartialResult> {
    const first = await this.#lock.shared(() => this.#attempt(check, time, "first"));
    if (first.doubt === undefined || this.#options.signal.aborted || !retry) return first.result;
    this.#doubts.add(first.doubt);
    // So far the machine was not the cause, and a retry blocks all other checks.
    if (this.#confirmed >= enoughConfirmations) return first.result;
    const { result, doubt } = await this.#lock.exclusive(() =>
      this.#attempt(check, retryFactor * time, "second"),
    );
    if (doubt === "room") {
      const { actual, kept, remark } = result;
      return {
        verdict: "not run",
        kept,
        remark: `no space left in ${tmpdir()}: ${actual ?? remark}`,
      };
    }
    if (result.verdict !== "passed") {
      this.#confirmed++;
      return result;
    }
    this.#confirmed = 0;
    const { actual, kept, remark } = first.result;
    const before = `passed when retried alone; the first attempt, ${because[first.doubt]}: ${actual ?? remark}`;
    return { ...result, kept, remark: [result.remark, before].filter(Boolean).join("; ") };
  }

  async #attempt(check: Check, time: number, which: Which): Promise<Attempt> {
    const { machine, known, contexts } = this.#options;
    const mark = machine.mark();
    try {
      const work: Work<Attempt> = async (context, keep) => {
        try {
          const remark = cut(await this.#bounded(check, context));
          if (check.level !== "info") return { result: { verdict: "passed", remark } };
          return { result: { verdict: "info", remark, ...(await evidence(context)) } };
        } catch (error) {
          const found = { ...resultOfError(error, check, known), ...(await evidence(context, error)) };
          const result = { ...found, ...this.#kept(check, found, keep) };
          const isDoubtful = isLate(error) && machine.wasBusySince(mark);
          return { result, doubt: isDoubtful ? "busy" : await this.#roomDoubt(result, which) };
        }
      };
      return await contexts.withContext(time, work, { check: check.id });
    } catch (error) {
      const result = resultOfError(error, check, known); // the sandbox could not be created
      return { result, doubt: await this.#roomDoubt(result, which) };
    }
  }

  /** Keeps the context of a check if there is something to look into. */
  #kept(check: Check, result: PartialResult, keep: KeepFunction): Pick<PartialResult, "kept"> {
    const { verdict, remark = "" } = result;
    if (verdict === "info" || verdict === "not applicable") return {};
    const rerun = this.#options.rerun(check);
    const text = isFailure({ verdict }) ? findingText({ check, duration: 0, rerun, ...result }) : remark;
    return { kept: keep(text) };
  }

  /** Whether a full disk may have caused a finding, or, in the first attempt, a disk that other checks had filled. */
  async #roomDoubt({ verdict, ...result }: PartialResult, which: Which): Promise<Doubt | undefined> {
    if (verdict === "error" || verdict === "not applicable") return undefined;
    const room = await this.#options.machine.room(tmpdir()).catch(() => "enough");
    const isSaid = /no space|ENOSPC|quota|EDQUOT/i.test(JSON.stringify(result));
    return room === "none" || (room === "little" && (isSaid || which === "first")) ? "room" : undefined;
  }

  /** Runs a check, and rejects soon after its deadline, whatever it waits for. */
  async #bounded(check: Check, context: CheckContext): Promise<string | undefined> {
    const { signal } = this.#options;
    const overdue = () => new Error(`${check.id} did not end by its deadline, as every check must`);
    return await context.patience.limit(check.run(context), signal, overdue, overtime);
  }
}

/** What may have caused a finding instead of the program: busy processors, or a full disk. */
type Doubt = "busy" | "room";

const because: Readonly<Record<Doubt, string>> = {
  busy: "on a busy machine",
  room: "with little space on the disk",
};

const lackingSentence: Readonly<Record<Doubt, string>> = {
  busy: "This machine was too busy for checks with a time limit, so they were retried alone. Run fewer checks at once with --jobs.",
  room: `${tmpdir()} has little free space, so failed checks were retried alone. Set TMPDIR to use another directory.`,
};

/** One attempt of a check. */
interface Attempt {
  readonly result: PartialResult;
  readonly doubt?: Doubt | undefined;
}

/** Which attempt of a check it is. */
type Which = "first" | "second";
