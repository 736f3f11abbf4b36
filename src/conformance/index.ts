/*
 * cacheprogw/conformance: the requirements of the protocol as checks that run against a cache program, and what go build
 * does if one fails.
 *
 *     checks, faults   the requirements, one file for each group, and programs that violate them
 *     conversation     what checks are written with: their context, requests, assertions about files
 *     peer             the program under test: its process, requests, responses, the transcript
 *     sandbox          where it runs: directories, environment, what is kept
 *     runner           runs checks against one program and collects the results
 *     reports          a report as text, JSON, JUnit, TAP, Markdown or GitHub annotations
 *
 * Imports go down this list: runner, checks, conversation, sandbox, peer. requirement.ts, finding.ts and fault.ts define
 * what a check, a finding and a fault are.
 */
export { type DescribeOptions, describeConformance } from "./bun-test.ts";
export { catalogue } from "./catalogue.ts";
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
export type { Check, GoOutcome, Level, Requirement } from "./requirement.ts";
export { type RunOptions, run } from "./runner/run.ts";
export { type Choice, type Selection, select } from "./select.ts";
