import { countText, rateText, sizeText, timeText } from "../../quantities.ts";
import { markdownCode } from "../../safe-text.ts";
import type { Finding } from "./findings/finding.ts";
import type { Report } from "./report.ts";
import type { GroupSummary, OutcomeSummary } from "./summary.ts";
import { heading, rows } from "./text/rows.ts";
import { costText, requestName } from "./words.ts";

/** How many packages the report has a row for. */
const mostPackages = 10;

/** A report for the summary of a CI job, or an issue: the summary, the findings, and tables. */
export function markdownReport({ summary, findings }: Report): string {
  const { kinds, packages, outcomes } = summary;
  const missed = packages.filter(({ name, total }) => name !== "" && total.misses > 0).slice(0, mostPackages);
  return [
    `### ${markdownCode(heading(summary))}\n`,
    table(
      ["", ""],
      rows(summary).map(([label, text]) => [label, markdownCode(text)]),
    ),
    findings.map(found).join(""),
    groups("kind", kinds),
    groups("package with misses", missed),
    table(["request", "count", "p50", "p90", "p99", "max"], outcomes.map(latencies)),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function found(finding: Finding): string {
  const { level, what, why, advice, source, packages } = finding;
  const cost = costText(finding);
  const about = [
    ...(packages.length === 0 ? [] : [packages.slice(0, mostPackages).map(markdownCode).join(", ")]),
    ...(cost === "" ? [] : [cost]),
  ].join("; ");
  const link = source === "" ? "" : ` [More](${source})`;
  return `- **${level}**: ${markdownCode(what)}${about === "" ? "" : `: ${about}.`}\n  ${why} ${advice}${link}\n`;
}

function groups(what: string, all: readonly GroupSummary[]): string {
  const row = ({ name, total }: GroupSummary) => [
    name === "" ? "without a name" : markdownCode(name),
    countText(total.gets),
    rateText(total.hits, total.gets),
    sizeText(total.hitBytes),
    countText(total.puts),
    sizeText(total.putBytes),
    timeText(total.latency / 1000),
  ];
  return table([what, "gets", "hit", "got", "puts", "put", "latencies"], all.map(row));
}

function latencies({ command, outcome, latency }: OutcomeSummary): readonly string[] {
  const times = [latency.p50, latency.p90, latency.p99, latency.max];
  return [
    markdownCode(requestName(command, outcome)),
    countText(latency.count),
    ...times.map((time) => timeText(time / 1000)),
  ];
}

/** A table with right-aligned columns, except the first; empty without rows. */
function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const rules = heading.map((name, column) => (column === 0 || name === "" ? "---" : "---:"));
  return [heading, rules, ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");
}
