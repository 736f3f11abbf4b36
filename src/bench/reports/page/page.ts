import manifest from "../../../../package.json" with { type: "json" };
import { type Content, facts, html, pageText, type Section } from "../../../page/index.ts";
import { plural, timeText } from "../../../quantities.ts";
import type { Comparison, Report } from "../../report.ts";
import { conclusion } from "../text.ts";
import { comparisonPart } from "./comparison.ts";
import { figuresPart } from "./figures.ts";
import { latencyPart } from "./latency.ts";
import { inFlightParts, putPart } from "./throughput.ts";

/*
 * A report as a page.
 *
 *   comparison.ts   with the baseline, and with the other program
 *   throughput.ts   calls per second against requests in flight, and against sizes
 *   latency.ts      how long calls took
 *   figures.ts      all figures with their spread
 */

/** What the report itself doesn't have. */
interface Remarks {
  readonly warnings: readonly string[];
  readonly comparisons: readonly Comparison[];
  /** The slowdown that --max-regress allows. */
  readonly most: number | undefined;
}

/** A report as a page: one file that needs no other, and no network. */
export async function pageReport(report: Report, { warnings, comparisons, most }: Remarks): Promise<string> {
  const names = report.programs.map(({ name }) => name);
  const sections: readonly (Section | undefined)[] = [
    comparisonPart(report, comparisons, "program"),
    comparisonPart(report, comparisons, "baseline"),
    ...inFlightParts(report),
    putPart(report),
    figuresPart(report),
    latencyPart(report),
    notesPart(warnings),
  ];
  return pageText({
    title: `${names.join(" and ")}: cacheprogw bench`,
    generator: `cacheprogw ${manifest.version}`,
    header: head(report, most === undefined ? undefined : conclusion(comparisons, most)),
    sections: sections.filter((section) => section !== undefined),
    footer: html`<p>Made by cacheprogw ${manifest.version}, with the seed <code>${report.seed}</code>. The <b>no-op program</b> answers
at once and stores nothing: no program can be faster with this client. The <b>spread</b> is the fastest round minus the
slowest, as a share of the median.</p>`,
    records: new Map(),
  });
}

function head({ programs, machine, rounds, slice, load }: Report, ended: string | undefined): Content {
  const [one, two] = programs;
  const versus = two === undefined ? undefined : html` and <code>${two.name}</code>`;
  return html`<h1>cacheprogw bench: <code>${one?.name ?? ""}</code>${versus}</h1>
${facts([
  ["on", `${machine.system}, ${machine.processors} × ${machine.processor}, Bun ${machine.bun}`],
  ["load before", load.toFixed(2)],
  ["measured", `${plural(rounds, "round")} of ${timeText(slice)} per figure`],
])}${ended !== undefined && html`<p><b>${ended}</b></p>`}`;
}

/** Reasons not to trust the figures. */
function notesPart(warnings: readonly string[]): Section | undefined {
  if (warnings.length === 0) return undefined;
  return {
    id: "notes",
    title: "Notes",
    content: html`<ul>${warnings.map((warning) => html`<li>${warning}</li>`)}</ul>`,
  };
}
