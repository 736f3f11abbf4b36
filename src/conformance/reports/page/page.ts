import manifest from "../../../../package.json" with { type: "json" };
import { facts, html, pageText, type Section, type Tile, tiles, toned } from "../../../page/index.ts";
import {
  byImportance,
  countsOf,
  countWords,
  headline,
  outcomeOf,
  type Report,
  stopSentence,
  titleOf,
} from "../../report.ts";
import { shellWords } from "../../sandbox/command-words.ts";
import { duration } from "../duration.ts";
import { checkRecords, checksPart } from "./checks.ts";
import { findingsPart } from "./findings.ts";

/*
 * A report as a page.
 *
 *   findings.ts        what failed, each with its conversation; conversation.ts
 *   checks.ts          a table of all checks
 */

/** A report as a page: one file that needs no other, and no network. */
export async function htmlReport(report: Report): Promise<string> {
  const results = byImportance(report.results, report.strict);
  const records = checkRecords(results, report.strict);
  return pageText({
    title: `${report.name}: ${headline(report)}`,
    generator: `cacheprogw ${manifest.version}`,
    header: html`<h1>${titleOf(report)}: <code>${report.name}</code></h1>
${facts([
  ["outcome", outcomeOf(report) === "passed" ? toned("good", "passed") : toned("bad", headline(report))],
  ["command", html`<code>${shellWords(report.command)}</code>`],
  ["as", report.dialect],
  ["took", duration(report.duration)],
])}`,
    sections: [summaryPart(report), findingsPart(results, report.strict), checksPart()],
    footer: html`<p>Made by cacheprogw ${manifest.version}. A violated <b>must</b> makes the go command fail, hang or use a
wrong result, or breaks a sentence of the documentation; a violated <b>should</b> costs time or space, or breaks another
client.</p>`,
    records: new Map([["checks", records]]),
  });
}

/** The counts, and whatever is to be said of the whole run. */
function summaryPart(report: Report): Section {
  const { notStarted, stopped, stale, lacking = [], stderr = [] } = report;
  const counts = countWords(countsOf(report)).map(([key, text]): Tile => {
    const [count = "", ...words] = text.split(" ");
    const isBad = key === "failed" || key === "error" || key === "stale";
    return { name: words.join(" "), value: count, ...(isBad && { tone: "bad" as const }) };
  });
  const notes = [
    ...(notStarted === undefined ? [] : [`The program failed the handshake: ${notStarted}`]),
    ...(stopped === undefined ? [] : [stopSentence[stopped]]),
    ...lacking,
    ...stale.map(({ text }) => `Stale known failure: ${text}`),
  ];
  return {
    id: "summary",
    title: "Summary",
    content: html`${tiles(counts)}${notes.map((note) => html`<p>${note}</p>`)}${stderr.length > 0 && html`<pre>${stderr.join("\n")}</pre>`}`,
  };
}
