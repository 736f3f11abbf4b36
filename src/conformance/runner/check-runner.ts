import { tmpdir } from "node:os";
import { CacheProgError } from "../../errors.ts";
import { CheckContext, type ContextSettings } from "../conversation/context.ts";
import { CouldNotRun, cut, Finding, NotApplicable } from "../finding.ts";
import type { KnownFailures } from "../known.ts";
import { isFailure, type Result } from "../report.ts";
import { findingText } from "../reports/text.ts";
import type { Check } from "../requirement.ts";
import type { Machine } from "./machine.ts";
import { ReadWriteLock } from "./read-write-lock.ts";
import { explaining, type Stage, smokeTest } from "./smoke-test.ts";

/** How long after its deadline a check must have ended, in ms. If it hasn't, that is a bug in the suite. */
const overtime = 1_000;
/** The factor by which time limits grow when a check is retried. */
export const retryFactor = 2;
/** After this many retries in a row that confirmed the first attempt, checks are no longer retried. */
const enoughConfirmations = 3;

interface CheckRunnerOptions {
  readonly settings: ContextSettings;
  readonly machine: Machine;
  readonly known: KnownFailures | undefined;
  /** Whether checks may be retried. */
  readonly retry: boolean;
}

/** The check of an attempt, and what its result has whatever happens. */
export type Begun = Pick<Result, "duration" | "rerun"> & { readonly check: Check };
/** What an attempt adds to that. */
type Found = Omit<Result, keyof Begun>;

/** Runs single checks and the smoke test, and decides whether one is retried: this machine may have caused a finding. */
export class CheckRunner {
  readonly #options: CheckRunnerOptions;
  readonly #lock = new ReadWriteLock();
  readonly #doubts = new Set<Doubt>();
  /** How many retries in a row have confirmed the first attempt. */
  #confirmed = 0;
  /** The checks that explain why the smoke test failed. */
  #explanations: readonly string[] = [];

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
   */
  async run(begun: Begun, time: number): Promise<Found> {
    const first = await this.#lock.shared(() => this.#attempt(begun, time, "first"));
    if (first.doubt === undefined || !this.#mayRetry(begun.check)) return first.result;
    this.#doubts.add(first.doubt);
    // So far the machine was not the cause, and a retry blocks all other checks.
    if (this.#confirmed >= enoughConfirmations) return first.result;
    const { result, doubt } = await this.#lock.exclusive(() =>
      this.#attempt(begun, retryFactor * time, "second"),
    );
    if (doubt === "room") {
      const { actual, kept, remark } = result;
      return { verdict: "not run", kept, remark: `no space left in ${tmpdir()}: ${actual ?? remark}` };
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

  /** Runs the smoke test, also twice if need be. @returns the stage at which it fails; undefined if it passes */
  async smokeTest(time: number): Promise<Stage | undefined> {
    const { machine } = this.#options;
    const mark = machine.mark();
    let failure = await this.#attemptSmokeTest(time);
    if (failure?.late && machine.wasBusySince(mark))
      failure = await this.#attemptSmokeTest(retryFactor * time);
    this.#explanations = failure === undefined ? [] : explaining[failure.stage];
    return failure?.stage;
  }

  async #attemptSmokeTest(time: number): ReturnType<typeof smokeTest> {
    await using context = await CheckContext.open(this.#options.settings, { time });
    return await smokeTest(context);
  }

  #mayRetry({ id }: Check): boolean {
    const { settings, retry } = this.#options;
    // What explains the smoke test's failure was found twice already.
    return retry && !settings.signal.aborted && !this.#explanations.includes(id);
  }

  async #attempt(begun: Begun, time: number, which: Which): Promise<Attempt> {
    const { settings, machine, known } = this.#options;
    const { check } = begun;
    const mark = machine.mark();
    try {
      await using context = await CheckContext.open(settings, { time, check: check.id });
      try {
        const remark = cut(await this.#bounded(check, context));
        if (check.level !== "info") return { result: { verdict: "passed", remark } };
        return { result: { verdict: "info", remark, ...(await evidence(context)) } };
      } catch (error) {
        const found = { ...resultOfError(error, check, known), ...(await evidence(context, error)) };
        const result = { ...found, ...kept({ ...begun, ...found }, context) };
        const isDoubtful = isLate(error) && machine.wasBusySince(mark);
        return { result, doubt: isDoubtful ? "busy" : await this.#roomDoubt(result, which) };
      }
    } catch (error) {
      const result = resultOfError(error, check, known); // the sandbox could not be created
      return { result, doubt: await this.#roomDoubt(result, which) };
    }
  }

  /** Runs a check, and rejects soon after its deadline, whatever it waits for. */
  async #bounded(check: Check, context: CheckContext): Promise<string | undefined> {
    const { signal } = this.#options.settings;
    const overdue = () => new Error(`${check.id} did not end by its deadline, as every check must`);
    return await context.patience.limit(check.run(context), signal, overdue, overtime);
  }

  /** Whether a full disk may have caused a finding, or, in the first attempt, a disk that other checks had filled. */
  async #roomDoubt({ verdict, ...result }: Found, which: Which): Promise<Doubt | undefined> {
    if (verdict === "error" || verdict === "not applicable") return undefined;
    const room = await this.#options.machine.room(tmpdir()).catch(() => "enough");
    const isSaid = /no space|ENOSPC|quota|EDQUOT/i.test(JSON.stringify(result));
    return room === "none" || (room === "little" && (isSaid || which === "first")) ? "room" : undefined;
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
  readonly result: Found;
  readonly doubt?: Doubt | undefined;
}

/** Which attempt of a check it is. */
type Which = "first" | "second";

/** The result for an error that a check threw. */
function resultOfError(error: unknown, check: Check, known: KnownFailures | undefined): Found {
  if (error instanceof Finding) {
    const entry = known?.get(check.id);
    const failed = entry === undefined ? "failed" : entry.flaky ? "flaky" : "known";
    const verdict = check.level === "info" ? "info" : failed;
    const remark = entry?.reason || undefined;
    const { expected, actual, kind } = error;
    return { verdict, remark, expected: cut(expected), actual: cut(actual), ...instead(kind, check) };
  }
  if (error instanceof NotApplicable) return { verdict: "not applicable", remark: error.message };
  if (error instanceof CouldNotRun) return { verdict: "not run", blocked: true, remark: cut(error.message) };
  // A system error, such as a process that could not be started, says nothing about the program.
  const isSystem = error instanceof CacheProgError || (error instanceof Error && "syscall" in error);
  if (isSystem) return { verdict: "not run", remark: cut(error.message) };
  const remark = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { verdict: "error", remark };
}

/** What go does if a response doesn't arrive, whatever the request. */
const unanswered: Readonly<Record<NonNullable<Finding["kind"]>, Check["go"]>> = {
  silent: { outcome: "hang", text: "go build would wait forever for the response" },
  ended: { outcome: "fatal", text: 'go build would fail with "exited pre-Close"' },
  noise: { outcome: "fatal", text: 'go build would fail with "error reading JSON from GOCACHEPROG"' },
  broken: { outcome: "fatal", text: 'go build would fail with "unknown request ID"' },
};

/** What go does if that differs from the check's own `go`. Not for a `should`: go may never send its requests. */
function instead(kind: Finding["kind"], { level, go }: Check): Pick<Found, "go"> {
  if (kind === undefined || level !== "must" || go.outcome === unanswered[kind].outcome) return {};
  return { go: unanswered[kind] };
}

/** Whether an error is about a time limit. */
function isLate(error: unknown): boolean {
  const cause = error instanceof CouldNotRun ? error.cause : error;
  return cause instanceof Finding && cause.late;
}

/** The transcript and stderr of one process of a context: the one that the error is about, or the last one waited for. */
async function evidence(
  { lastAwaited, peers, sandbox }: CheckContext,
  error?: unknown,
): Promise<Partial<Found>> {
  const named =
    error instanceof Finding && error.process !== undefined ? peers[error.process - 1] : undefined;
  const peer = named ?? lastAwaited;
  if (peer === undefined) return { sandbox: sandbox.root };
  const stderr = await peer.lastStderr();
  const several = peers.length > 1 ? { process: { number: peer.number, of: peers.length } } : {};
  return { sandbox: sandbox.root, ...several, wire: [...peer.transcript.lines], stderr };
}

/** Keeps the context of a check if there is something to look into. */
function kept(result: Result, context: CheckContext): Pick<Found, "kept"> {
  const { verdict, remark = "" } = result;
  if (verdict === "info" || verdict === "not applicable") return {};
  return { kept: context.keep(isFailure(result) ? findingText(result) : remark) };
}
