import { tmpdir } from "node:os";
import type { Check } from "../check.ts";
import type { Trial } from "../conversation/context.ts";
import type { KnownFailures } from "../known.ts";
import { isFailure } from "../report.ts";
import { findingText } from "../reports/finding.ts";
import type { Keeping, Trials, Work } from "./contexts.ts";
import type { Machine } from "./machine.ts";
import { cut, evidence, type Findings, findingsOf, isLate } from "./partial-result.ts";
import { Turns } from "./read-write-lock.ts";

/** How long after its deadline a check has to be done, in ms. One that is not is a mistake of the suite. */
const overtime = 1_000;
/** How many times longer a program is waited for where a check is tried again. */
export const again = 2;
/** How many second tries in a row have to fail as the first for no more to be made. */
const enough = 3;

interface AttemptsOptions {
  readonly trials: Trials;
  readonly machine: Machine;
  readonly signal: AbortSignal;
  readonly known: KnownFailures | undefined;
  /** The command that runs a check alone. */
  alone(check: Check): string;
}

/** Tries of checks, and further ones where this machine may be at fault for what was found. */
export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #turns = new Turns();
  readonly #doubts = new Set<Doubt>();
  /** How many second tries in a row have found the same as the first. */
  #confirmed = 0;

  constructor(options: AttemptsOptions) {
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
  async findings(check: Check, time: number, retry: boolean): Promise<Findings> {
    const first = await this.#turns.shared(() => this.#attempt(check, time, "first"));
    if (first.doubt === undefined || this.#options.signal.aborted || !retry) return first.findings;
    this.#doubts.add(first.doubt);
    // So often the machine was not at fault: it is not worth everybody's time to ask once more.
    if (this.#confirmed >= enough) return first.findings;
    const { findings, doubt } = await this.#turns.alone(() => this.#attempt(check, again * time, "second"));
    if (doubt === "room") {
      const { actual, kept, remark } = findings;
      return {
        verdict: "not run",
        kept,
        remark: `there is no room left in ${tmpdir()}: ${actual ?? remark}`,
      };
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

  async #attempt(check: Check, time: number, which: Which): Promise<Attempt> {
    const { machine, known, trials } = this.#options;
    const mark = machine.mark();
    try {
      const work: Work<Attempt> = async (trial, keep) => {
        try {
          const remark = cut(await this.#bounded(check, trial));
          if (check.level !== "info") return { findings: { verdict: "passed", remark } };
          return { findings: { verdict: "info", remark, ...(await evidence(trial)) } };
        } catch (error) {
          const found = { ...findingsOf(error, check, known), ...(await evidence(trial, error)) };
          const findings = { ...found, ...this.#kept(check, found, keep) };
          const isDoubtful = isLate(error) && machine.wasBusySince(mark);
          return { findings, doubt: isDoubtful ? "busy" : await this.#roomDoubt(findings, which) };
        }
      };
      return await trials.withOne(time, work, { check: check.id });
    } catch (error) {
      const findings = findingsOf(error, check, known); // the sandbox could not be made
      return { findings, doubt: await this.#roomDoubt(findings, which) };
    }
  }

  /** Has a trial kept where there is something to look into. */
  #kept(check: Check, findings: Findings, keep: Keeping): Pick<Findings, "kept"> {
    const { verdict, remark = "" } = findings;
    if (verdict === "info" || verdict === "not applicable") return {};
    const alone = this.#options.alone(check);
    const text = isFailure({ verdict }) ? findingText({ check, duration: 0, alone, ...findings }) : remark;
    return { kept: keep(text) };
  }

  /** Whether a finding may come of a disk that is full, or at first one that was while other checks had their files there. */
  async #roomDoubt({ verdict, ...findings }: Findings, which: Which): Promise<Doubt | undefined> {
    if (verdict === "error" || verdict === "not applicable") return undefined;
    const room = await this.#options.machine.room(tmpdir()).catch(() => "enough");
    const isSaid = /no space|ENOSPC|quota|EDQUOT/i.test(JSON.stringify(findings));
    return room === "none" || (room === "little" && (isSaid || which === "first")) ? "room" : undefined;
  }

  /** A check, which ends soon after its deadline whatever it waits for. */
  async #bounded(check: Check, trial: Trial): Promise<string | undefined> {
    const { signal } = this.#options;
    const overdue = Promise.withResolvers<never>();
    const expire = () =>
      overdue.reject(new Error(`${check.id} did not end by its deadline; a check has to keep it`));
    const forget = trial.patience.onEnd(expire, overtime);
    signal.addEventListener("abort", expire, { once: true });
    try {
      return await Promise.race([check.run(trial), overdue.promise]);
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
  readonly findings: Findings;
  readonly doubt?: Doubt | undefined;
}

/** Which try of a check it is. */
type Which = "first" | "second";
