/*
 * cacheprogw/conformance: what the protocol asks of a cache program, as checks that can be run against one, and what go
 * build does where one of them fails.
 */
export { type DescribeOptions, describeConformance } from "./bun-test.ts";
export { catalogue } from "./catalogue.ts";
export type { Check, GoOutcome, Level } from "./check.ts";
export type { Fault } from "./fault.ts";
export { faults } from "./faults.ts";
export { type KnownFailure, KnownFailures, knownText } from "./known.ts";
export { type Dialect, dialects } from "./peer/dialect.ts";
export type { TraceEntry } from "./peer/trace.ts";
export {
  type Counts,
  countsOf,
  fails,
  type Outcome,
  outcomeOf,
  type Report,
  type Result,
  type StaleEntry,
  type Stop,
  type Verdict,
} from "./report.ts";
export { type Format, formats } from "./reports/formats.ts";
export { type JSONCheck, type JSONReport, type JSONResult, jsonCheck, jsonReport } from "./reports/json.ts";
export { linkOf } from "./reports/link.ts";
export { markdownChecks } from "./reports/markdown.ts";
export { type RunOptions, run } from "./runner/run.ts";
export { type Choice, type Selection, select } from "./select.ts";
