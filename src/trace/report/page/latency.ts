import { html, latencyLine, percentilePlot, type Section, table } from "../../../page/index.ts";
import { countText, timeText } from "../../../quantities.ts";
import type { Outcome } from "../../requests.ts";
import { latencyOf, type NamedTrace } from "../named.ts";
import type { OutcomeSummary, Summary } from "../summary.ts";

/** How the line of an outcome is drawn: in the color that the outcome has elsewhere. */
const styles: Readonly<Record<Outcome, number>> = {
  stored: 0,
  miss: 1,
  hit: 2,
  closed: 3,
  lost: 4,
  error: 5,
};
/** The outcomes that are drawn. */
const mostLines = 4;

/** How long requests took, by command and outcome. */
export function latencyPart({ outcomes }: Summary, traces: readonly NamedTrace[]): Section {
  const drawn = outcomes
    .filter(({ command, outcome }) => command !== "close" && outcome !== "lost")
    .slice(0, mostLines);
  const lines = drawn.map(({ command, outcome }) =>
    latencyLine(
      nameOf({ command, outcome }),
      traces.flatMap(({ trace }) =>
        trace.requests
          .filter((request) => request.command === command && request.outcome === outcome)
          .map(latencyOf),
      ),
      styles[outcome],
    ),
  );
  const time = (of: (summary: OutcomeSummary["latency"]) => number) => (summary: OutcomeSummary) =>
    timeText(of(summary.latency) / 1_000);
  return {
    id: "latency",
    title: "Latency",
    half: true,
    hint: "How long a request took, from go's request to the program's response. Each line shows what share of the requests took at most how long.",
    content: html`${drawn.length > 0 && percentilePlot(lines, "Latency percentiles by command and outcome, as in the table below")}
${table<OutcomeSummary>(
  "Latency by command and outcome",
  [
    { title: "request", cell: nameOf },
    { title: "count", isNumber: true, cell: ({ latency }) => countText(latency.count) },
    { title: "p50", isNumber: true, cell: time(({ p50 }) => p50) },
    { title: "p90", isNumber: true, cell: time(({ p90 }) => p90) },
    { title: "p99", isNumber: true, cell: time(({ p99 }) => p99) },
    { title: "max", isNumber: true, cell: time(({ max }) => max) },
    { title: "sum", isNumber: true, class: "wide", cell: time(({ sum }) => sum) },
  ],
  outcomes,
)}`,
  };
}

function nameOf({ command, outcome }: Pick<OutcomeSummary, "command" | "outcome">): string {
  return outcome === "closed" || outcome === "stored" ? command : `${command}: ${outcome}`;
}
