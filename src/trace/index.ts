/*
 * cacheprogw/trace: what a go command asked its cache, as a file, and what can be learned from it.
 *
 *   events.ts      what a trace says
 *   format/        the lines of a trace file
 *   read.ts        a file to events, in bounded memory
 *   requests.ts    events to requests, each with its response
 *   trace.ts       a whole trace in memory
 *   record/        what writes a trace while go runs
 *   names/         what each action id stands for
 *   report/        what traces say: a summary, findings, and a page of both
 *   lint/          what in them goes against the protocol
 *   replay/        the same requests again, to any cache program
 *   diff/          two builds compared: what changed, and why
 */
export { diffTraces } from "./diff/diff.ts";
export { compareHashes, type HashChange, type HashDiff } from "./diff/hashes.ts";
export { jsonHashes, textHashes } from "./diff/hashes-report.ts";
export { jsonDiff } from "./diff/json.ts";
export { textDiff } from "./diff/text.ts";
export {
  type Cause,
  type DiffTrace,
  type EntryDiff,
  nothingDiffers,
  type Setting,
  type TraceDiff,
} from "./diff/trace-diff.ts";
export * from "./events.ts";
export { TraceEncoder } from "./format/encode.ts";
export { Linter, type LintOptions, lint } from "./lint/linter.ts";
export { requirements as lintRequirements } from "./lint/rules.ts";
export * from "./names/index.ts";
export { readTrace } from "./read.ts";
export { type BodySink, Recorder } from "./record/recorder.ts";
export type { RecordedOrder } from "./replay/order.ts";
export type { Call, PlannedBody, PlannedCall, ReplayPlan } from "./replay/plan.ts";
export { type Prepared, Replay, type ReplayOptions, type ReplayRun } from "./replay/replay.ts";
export type { ReplayLatency, ReplayProblem, ReplayReport, Traffic } from "./replay/report.ts";
export { readBuildIDs } from "./report/build-ids.ts";
export type { Example, Finding, Level } from "./report/findings/finding.ts";
export { jsonReport } from "./report/json.ts";
export { markdownReport } from "./report/markdown.ts";
export type { ActionNames, NamedTrace } from "./report/named.ts";
export { perfettoFile } from "./report/perfetto.ts";
export { findings, type Report, ReportBuilder, reportOn, summarize } from "./report/report.ts";
export {
  type Counts,
  type GroupSummary,
  hitRate,
  type LatencySummary,
  type OutcomeSummary,
  type ProcessSummary,
  type SizeSummary,
  type SlowRequest,
  type Summary,
  type TimeSummary,
} from "./report/summary.ts";
export { summaryLines, textReport } from "./report/text/text.ts";
export { tracePage } from "./report/trace-page.ts";
export { type Outcome, RequestJoin, type TracedRequest } from "./requests.ts";
export { collectTrace, loadTrace, type Trace } from "./trace.ts";
export { findTraces } from "./trace-files.ts";
