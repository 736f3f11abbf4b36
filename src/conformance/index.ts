/*
 * cacheprogw/conformance: what the protocol asks of a cache program, as checks that can be run against one, and what go
 * build does where one of them fails.
 *
 *     checks, faults   the requirements, one file a group, and for each a program that breaks it
 *     conversation     what a check is written in: its context, the calls, what to expect of a file
 *     peer             the program under test: its process, requests out, answers in, the transcript
 *     sandbox          where it runs: directories, environment, what is kept
 *     runner           runs checks against one program, and reports each result
 *     reports          a report as text, JSON, JUnit, TAP, Markdown, or annotations of GitHub
 *
 * Imports go from the runner down: runner, checks, conversation, sandbox, peer; check.ts, finding.ts and fault.ts say
 * what a check, its findings and a fault are.
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
