import { html, type LatencyLine, percentilePlot, type Section } from "../../../page/index.ts";
import { countText } from "../../../quantities.ts";
import type { ProgramReport, Report, Result } from "../../report.ts";
import { drawnPrograms } from "./programs.ts";

/** How long calls took, for each figure. */
export function latencyPart(report: Report): Section | undefined {
  const [first] = report.programs;
  const ids = (first?.results ?? []).filter(isDrawn).map(({ figure }) => figure);
  if (ids.length === 0) return undefined;
  return {
    id: "latency",
    title: "Latency",
    hint: "How long a call took, in all rounds together. Each line shows what share of the calls took at most how long.",
    content: html`<div class="plots">${ids.map(
      (figure) => html`<div><h3>${figure.id}: ${figure.description}</h3>
${percentilePlot(linesOf(report, figure.id), `Latency percentiles of ${figure.id}, as in the table of figures`)}</div>`,
    )}</div>`,
  };
}

function linesOf(report: Report, id: string): readonly LatencyLine[] {
  return drawnPrograms(report).flatMap(({ program, style }) => {
    const result = resultOf(program, id);
    if (result === undefined) return [];
    const { latencies } = result;
    return {
      name: `${program.name} (${countText(latencies.count)})`,
      style,
      count: latencies.count,
      at: (share) => (latencies.percentile(share * 100) ?? 0) * 1_000,
    };
  });
}

function resultOf({ results }: ProgramReport, id: string): Result | undefined {
  return results.find((result) => result.figure.id === id && isDrawn(result));
}

/** With fewer calls there are no percentiles. */
function isDrawn({ latencies }: Result): boolean {
  return latencies.count >= 20;
}
