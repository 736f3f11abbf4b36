import { CacheProgError } from "../../errors.ts";
import { within } from "../../wait.ts";
import type { Check } from "../check.ts";
import type { CheckContext } from "../conversation/context.ts";
import { CouldNotRun, Finding, NotApplicable } from "../finding.ts";
import type { KnownFailures } from "../known.ts";
import type { Peer } from "../peer/peer.ts";
import type { Result } from "../report.ts";

/** How long to wait for the rest of the stderr of a program that has exited, in ms. */
const stderrGrace = 250;
/** The longest text of a finding that is kept, in characters: it may contain several paths. */
const longestText = 16_000;

/** The result of one attempt of a check. */
export type PartialResult = Omit<Result, "check" | "duration" | "rerun">;

/** The result for an error that a check threw. */
export function resultOfError(error: unknown, check: Check, known?: KnownFailures): PartialResult {
  const { id, level } = check;
  if (error instanceof Finding) {
    const entry = known?.get(id);
    const failed = entry === undefined ? "failed" : entry.flaky ? "flaky" : "known";
    const remark = entry?.reason || undefined;
    const verdict = level === "info" ? "info" : failed;
    const { expected, actual, kind } = error;
    return { verdict, remark, expected: cut(expected), actual: cut(actual), ...instead(kind, check) };
  }
  if (error instanceof NotApplicable) return { verdict: "not applicable", remark: error.message };
  // A system error, such as a process that could not be started, says nothing about the program.
  const isSystem = error instanceof CacheProgError || (error instanceof Error && "syscall" in error);
  if (error instanceof CouldNotRun) return { verdict: "not run", blocked: true, remark: cut(error.message) };
  if (isSystem) return { verdict: "not run", remark: cut(error.message) };
  return {
    verdict: "error",
    remark: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

/** What go does if a response doesn't arrive, whatever the request. */
const unanswered: Readonly<Record<NonNullable<Finding["kind"]>, Check["go"]>> = {
  silent: { outcome: "hang", text: "go build would wait forever for the response" },
  ended: { outcome: "fatal", text: 'go build would fail with "exited pre-Close"' },
  noise: { outcome: "fatal", text: 'go build would fail with "error reading JSON from GOCACHEPROG"' },
  broken: { outcome: "fatal", text: 'go build would fail with "unknown request ID"' },
};

/** What go does if that differs from the check's own `go`. Not for a `should`: go may never send its requests. */
function instead(kind: Finding["kind"], { level, go }: Check): Pick<PartialResult, "go"> {
  if (kind === undefined || level !== "must" || go.outcome === unanswered[kind].outcome) return {};
  return { go: unanswered[kind] };
}

/** Whether an error is about a time limit. */
export function isLate(error: unknown): boolean {
  const cause = error instanceof CouldNotRun ? error.cause : error;
  return cause instanceof Finding && cause.late;
}

/** The transcript and stderr of one process of a context: the one that the error is about, or the last one waited for. */
export async function evidence(
  { lastAwaited, peers, sandbox }: CheckContext,
  error?: unknown,
): Promise<Partial<PartialResult>> {
  const named =
    error instanceof Finding && error.process !== undefined ? peers[error.process - 1] : undefined;
  const peer = named ?? lastAwaited;
  if (peer === undefined) return { sandbox: sandbox.root };
  await stderrOf(peer);
  const process = { number: peer.number, of: peers.length };
  const several = peers.length > 1 ? { process } : {};
  return {
    sandbox: sandbox.root,
    ...several,
    wire: [...peer.transcript.lines],
    stderr: [...peer.stderrLines],
  };
}

/** Waits for the end of stderr if the program has exited. Doesn't wait for a running program. */
export async function stderrOf(peer: Peer): Promise<void> {
  if (peer.hasExited) await within(stderrGrace, peer.stderrEnded());
}

/** Cuts a text to the length that is kept. */
export function cut<T extends string | undefined>(text: T): T | string {
  return text !== undefined && text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
