import { within } from "../../client/deadline.ts";
import { CacheProgError } from "../../errors.ts";
import type { Check } from "../check.ts";
import type { CheckContext } from "../conversation/context.ts";
import { CouldNotRun, Finding, NotApplicable } from "../finding.ts";
import type { KnownFailures } from "../known.ts";
import type { Peer } from "../peer/peer.ts";
import type { Result } from "../report.ts";

/** How long to wait for the rest of the stderr of a program that has exited, in ms. */
const lastWords = 250;
/** The most of a text that is kept of a program, in characters: it may name several paths. */
const longestText = 16_000;

/** What comes of one try of a check. */
export type PartialResult = Omit<Result, "check" | "duration" | "rerun">;

/** What an error of a check says. */
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
  // What the system refuses, such as another process, says nothing of the program.
  const isSystem = error instanceof CacheProgError || (error instanceof Error && "syscall" in error);
  if (error instanceof CouldNotRun) return { verdict: "not run", blocked: true, remark: cut(error.message) };
  if (isSystem) return { verdict: "not run", remark: cut(error.message) };
  return {
    verdict: "error",
    remark: error instanceof Error ? (error.stack ?? error.message) : String(error),
  };
}

/** What go does where an answer does not come, whatever it was asked for. */
const unanswered: Readonly<Record<NonNullable<Finding["kind"]>, Check["go"]>> = {
  silent: { outcome: "hang", text: "go build would wait forever for the response" },
  ended: { outcome: "fatal", text: 'go build would fail with "exited pre-Close"' },
  broken: { outcome: "fatal", text: 'go build would fail with "error reading JSON from GOCACHEPROG"' },
};

/** What go does in the place of what a check says. What a `should` asks for, go may never send. */
function instead(kind: Finding["kind"], { level, go }: Check): Pick<PartialResult, "go"> {
  if (kind === undefined || level !== "must" || go.outcome === unanswered[kind].outcome) return {};
  return { go: unanswered[kind] };
}

/** Whether an error is of a time that was over. */
export function isLate(error: unknown): boolean {
  const cause = error instanceof CouldNotRun ? error.cause : error;
  return cause instanceof Finding && cause.late;
}

/** What one of the programs of a context has said: the one that an error is about, or else the one that was last heard of. */
export async function evidence(
  { lastHeard, peers, sandbox }: CheckContext,
  error?: unknown,
): Promise<Partial<PartialResult>> {
  const named =
    error instanceof Finding && error.process !== undefined ? peers[error.process - 1] : undefined;
  const peer = named ?? lastHeard;
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

/** Waits for the end of the stderr of a program that has exited. One that runs has said what it has to say. */
export async function stderrOf(peer: Peer): Promise<void> {
  if (peer.hasExited) await within(lastWords, peer.stderrEnded());
}

/** As much of a text as is kept. */
export function cut<T extends string | undefined>(text: T): T | string {
  return text !== undefined && text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
