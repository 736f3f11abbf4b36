import manifest from "../../../../package.json" with { type: "json" };
import { html, type PageContent, pageText, type Section } from "../../../page/index.ts";
import type { NamedTrace } from "../named.ts";
import type { Report } from "../report.ts";
import { listed } from "../words.ts";
import { findingsPart } from "./findings.ts";
import { kindsPart, packageRecords, packagesPart } from "./groups.ts";
import { header, totals } from "./header.ts";
import { latencyPart } from "./latency.ts";
import { processesPart } from "./processes.ts";
import { requestRecords, requestsPart } from "./requests.ts";
import { sizesPart } from "./sizes.ts";
import { slowestPart } from "./slowest.ts";
import { timePart } from "./time.ts";

/*
 * The page of traces: what the go processes asked their cache, for people.
 *
 *   header.ts      what was recorded, and the figures that one sees first
 *   findings.ts    what looks wrong
 *   time.ts        where the time went
 *   groups.ts      kinds of actions, and packages
 *   latency.ts, sizes.ts, slowest.ts, processes.ts
 *   requests.ts    all requests: the timeline and the table
 */

/** The page of traces, which were summed up already. @throws (rejects) {RangeError} without traces */
export async function pageOf(traces: readonly NamedTrace[], report: Report): Promise<string> {
  const { summary } = report;
  const [first] = summary.processes;
  if (first === undefined) throw new RangeError("a page needs at least one trace");
  const packages = packageRecords(summary);
  const sections: readonly (Section | undefined)[] = [
    totals(summary),
    findingsPart(report, traces),
    timePart(summary),
    kindsPart(summary),
    latencyPart(summary, traces),
    sizesPart(summary),
    processesPart(summary),
    packagesPart(packages),
    slowestPart(summary, traces),
    requestsPart(),
  ];
  const content: PageContent = {
    title: `${first.command.join(" ") || "go"}: what it asked its cache`,
    generator: `cacheprogw ${manifest.version}`,
    header: header(summary),
    sections: sections.filter((section) => section !== undefined),
    footer: html`<p>Made by cacheprogw ${manifest.version} from ${listed(summary.processes.map(({ file }) => file))}. Times are
from when the recorder read a request to when it passed on the response. A percentile is the time that so many requests
didn't exceed. A <b>hit</b> is a get that found its action, a <b>miss</b> one that didn't; after a miss, go does the work and
puts the result.</p>`,
    records: new Map([
      ["packages", packages],
      ["requests", requestRecords(traces)],
    ]),
  };
  return pageText(content);
}
