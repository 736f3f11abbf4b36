import { FindingCollector } from "./findings/collector.ts";
import type { Finding } from "./findings/finding.ts";
import type { ActionNames, NamedTrace } from "./named.ts";
import { SummaryCollector } from "./summary/collector.ts";
import type { Summary } from "./summary.ts";

/*
 * What traces say, for people and for scripts.
 *
 *   named.ts       a trace with the names of its actions: what everything here starts from
 *   summary.ts     what a summary has; summary/ makes it
 *   build-ids.ts   what stands in the files that were hits
 *   findings/      what looks wrong or slow: one rule for each kind of trouble, in rules.ts
 *   page/          all of it as a page, with a timeline; trace-page.ts loads it when it's needed
 */

/** What was learned from traces. */
export interface Report {
  /** What was asked, what came of it, and where the time went. */
  readonly summary: Summary;
  /** The worst first. */
  readonly findings: readonly Finding[];
}

/** What a trace says of requests, packages and time. */
export function summarize(trace: NamedTrace["trace"], names: ActionNames): Summary {
  return reportOn([{ trace, names }]).summary;
}

/** What looks wrong or slow in a trace, the worst first. */
export function findings(trace: NamedTrace["trace"], names: ActionNames): readonly Finding[] {
  return reportOn([{ trace, names }]).findings;
}

/** A report on traces, one for each go process. Give them by the time of their start. */
export function reportOn(traces: Iterable<NamedTrace>): Report {
  const builder = new ReportBuilder();
  for (const trace of traces) builder.add(trace);
  return builder.report;
}

/** Makes a report of many traces, one after another: it doesn't keep them. */
export class ReportBuilder {
  readonly #summary = new SummaryCollector();
  readonly #findings = new FindingCollector();

  /** Adds a trace. Add them by the time of their start: a finding may be about what an earlier one put. */
  add(named: NamedTrace): void {
    this.#summary.add(named);
    this.#findings.add(named);
  }

  /** What was learned from the traces so far. */
  get report(): Report {
    return { summary: this.#summary.summary, findings: this.#findings.findings };
  }
}
