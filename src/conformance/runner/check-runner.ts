import { tmpdir } from "node:os";
import type { Check } from "../check.ts";
import type { CheckContext } from "../conversation/context.ts";
import type { KnownFailures } from "../known.ts";
import { isFailure } from "../report.ts";
import { findingText } from "../reports/finding.ts";
import type { CheckContexts, KeepFunction, Work } from "./contexts.ts";
import type { Machine } from "./machine.ts";
import { cut, evidence, isLate, type PartialResult, resultOfError } from "./partial-result.ts";
import { ReadWriteLock } from "./read-write-lock.ts";

/** How long after its deadline a check has to be done, in ms. One that is not is a mistake of the suite. */
const overtime = 1_000;
/** How many times longer a program is waited for where a check is tried again. */
export const again = 2;
/** How many second tries in a row have to fail as the first for no more to be made. */
const enough = 3;

interface CheckRunnerOptions {
  readonly contexts: CheckContexts;
  readonly machine: Machine;
  readonly signal: AbortSignal;
  readonly known: KnownFailures | undefined;
  /** The command that runs a check alone. */
  rerun(check: Check): string;
}

/** Runs single checks, and runs one again where this machine may be at fault for what was found. */
export class CheckRunner {
  readonly #options: CheckRunnerOptions;
  readonly #lock = new ReadWriteLock();
  readonly #doubts = new Set<Doubt>();
  /** How many second tries in a row have found the same as the first. */
  #confirmed = 0;

  constructor(options: CheckRunnerOptions) {
    this.#options = options;
  }

  /** What this machine lacked, in sentences, where that has made a finding doubtful. */
  get lacking(): readonly string[] {
    return [...this.#doubts].map((doubt) => lackingSentence[doubt]);
  }

  /**
   * What a check finds; where the machine may be at fault, what it finds alone and with more time.
   *
   * @param time how long the program may be silent, in ms
   * @param retry whether it is tried again
   */
  async run(check: Check, time: number, retry: boolean): Promise<PartialResult> {
    const first = await this.#lock.shared(() => this.#attempt(check, time, "first"));
    if (first.doubt === undefined || this.#options.signal.aborted || !retry) return first.result;
    this.#doubts.add(first.doubt);
    // So often the machine was not at fault: it is not worth everybody's time to ask once more.
    if (this.#confirmed >= enough) return first.result;
    const { result, doubt } = await this.#lock.exclusive(() => this.#attempt(check, again * time, "second"));
    if (doubt === "room") {
      const { actual, kept, remark } = result;
      return {
        verdict: "not run",
        kept,
        remark: `there is no room left in ${tmpdir()}: ${actual ?? remark}`,
      };
    }
    if (result.verdict !== "passed") {
      this.#confirmed++;
      return result;
    }
    this.#confirmed = 0;
    const { actual, kept, remark } = first.result;
    const before = `when it was tried alone; before, ${because[first.doubt]}: ${actual ?? remark}`;
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
      const result = resultOfError(error, check, known); // the sandbox could not be made
      return { result, doubt: await this.#roomDoubt(result, which) };
    }
  }

  /** Has a context kept where there is something to look into. */
  #kept(check: Check, result: PartialResult, keep: KeepFunction): Pick<PartialResult, "kept"> {
    const { verdict, remark = "" } = result;
    if (verdict === "info" || verdict === "not applicable") return {};
    const rerun = this.#options.rerun(check);
    const text = isFailure({ verdict }) ? findingText({ check, duration: 0, rerun, ...result }) : remark;
    return { kept: keep(text) };
  }

  /** Whether a finding may come of a disk that is full, or at first one that was while other checks had their files there. */
  async #roomDoubt({ verdict, ...result }: PartialResult, which: Which): Promise<Doubt | undefined> {
    if (verdict === "error" || verdict === "not applicable") return undefined;
    const room = await this.#options.machine.room(tmpdir()).catch(() => "enough");
    const isSaid = /no space|ENOSPC|quota|EDQUOT/i.test(JSON.stringify(result));
    return room === "none" || (room === "little" && (isSaid || which === "first")) ? "room" : undefined;
  }

  /** A check, which ends soon after its deadline whatever it waits for. */
  async #bounded(check: Check, context: CheckContext): Promise<string | undefined> {
    const { signal } = this.#options;
    const overdue = Promise.withResolvers<never>();
    const expire = () =>
      overdue.reject(new Error(`${check.id} did not end by its deadline; a check has to keep it`));
    const forget = context.patience.onEnd(expire, overtime);
    signal.addEventListener("abort", expire, { once: true });
    try {
      return await Promise.race([check.run(context), overdue.promise]);
    } finally {
      forget();
      signal.removeEventListener("abort", expire);
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
  readonly result: PartialResult;
  readonly doubt?: Doubt | undefined;
}

/** Which try of a check it is. */
type Which = "first" | "second";
