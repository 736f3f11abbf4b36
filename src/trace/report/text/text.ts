import { columns, countText, rateText, sizeText, timeText } from "../../../quantities.ts";
import { legible } from "../../../safe-text.ts";
import type { Finding } from "../findings/finding.ts";
import type { Report } from "../report.ts";
import type { GroupSummary, OutcomeSummary, Summary } from "../summary.ts";
import { costText, listed, requestName } from "../words.ts";
import { heading, type Row, rows } from "./rows.ts";

/** The width of a text, in columns, unless another one is given. */
const usualWidth = 80;

/**
 * The report in about ten lines, for the end of a build: what was asked, how it went, and what looks wrong.
 *
 * @param width the columns of the terminal; lines are wrapped to fit
 * @returns lines without their newline
 */
export function summaryLines({ summary, findings }: Report, width = usualWidth): readonly string[] {
  const found = findings.filter(({ level }) => level !== "note");
  const text = `${top(summary, width)}${found.map((finding) => brief(finding, width)).join("")}`;
  return legible(text).trimEnd().split("\n");
}

/**
 * The report for people: the summary, a table of kinds and one of latencies, and the findings with what to do.
 *
 * @param width as for {@link summaryLines}; paths and names may be longer
 */
export function textReport({ summary, findings }: Report, width = usualWidth): string {
  const tables = [kindTable(summary), latencyTable(summary)].filter((table) => table !== "");
  const parts = [top(summary, width), ...tables, ...findings.map((finding) => whole(finding, width))];
  return legible(parts.join("\n"));
}

function top(summary: Summary, width: number): string {
  return `${wrapped(heading(summary), 0, width)}${labeled(rows(summary), width)}`;
}

function labeled(rows: readonly Row[], width: number): string {
  const column = Math.max(...rows.map(([label]) => label.length)) + 4;
  return rows.map(([label, text]) => `  ${label}`.padEnd(column) + wrapped(text, column, width)).join("");
}

function kindTable({ kinds }: Summary): string {
  if (kinds.length < 2) return "";
  const row = ({ name, total }: GroupSummary) => [
    `  ${name || "without a name"}`,
    countText(total.gets),
    rateText(total.hits, total.gets),
    sizeText(total.hitBytes),
    countText(total.puts),
    sizeText(total.putBytes),
    timeText(total.latency / 1000),
  ];
  return columns([["  kind", "gets", "hit", "got", "puts", "put", "latencies"], ...kinds.map(row)]);
}

function latencyTable({ outcomes }: Summary): string {
  const row = ({ command, outcome, latency }: OutcomeSummary) => [
    `  ${requestName(command, outcome)}`,
    countText(latency.count),
    ...[latency.p50, latency.p90, latency.p99, latency.max].map((time) => timeText(time / 1000)),
  ];
  return outcomes.length === 0
    ? ""
    : columns([["  request", "count", "p50", "p90", "p99", "max"], ...outcomes.map(row)]);
}

function brief(finding: Finding, width: number): string {
  const isNamed = finding.packages.every((name) => finding.what.includes(name));
  const about = isNamed ? "" : ` ${packageList(finding)}`;
  return wrapped(`${finding.level}: ${finding.what}${about}`, 4, width, "  ");
}

function whole(finding: Finding, width: number): string {
  const { level, what, why, advice, source, packages } = finding;
  const cost = costText(finding);
  const lines = [
    why,
    ...(packages.length === 0 ? [] : [packageList(finding)]),
    ...(cost === "" ? [] : [`It cost ${cost}.`]),
    advice,
  ];
  const link = source === "" ? "" : `  ${source}\n`;
  return `${wrapped(`${level}: ${what}`, 0, width)}${wrapped(lines.join(" "), 2, width, "  ")}${link}`;
}

function packageList({ packages }: Finding): string {
  return `${packages.length === 1 ? "Package" : "Packages"}: ${listed(packages, "packages")}.`;
}

/** A paragraph: its other lines begin at `column`. */
function wrapped(text: string, column: number, width: number, before = ""): string {
  const lines = Bun.wrapAnsi(text, Math.max(20, width - column), { hard: false, trim: true }).split("\n");
  return `${before}${lines.join(`\n${" ".repeat(column)}`)}\n`;
}
