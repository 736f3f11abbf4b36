import { comparisonsOf } from "../../bench/comparison/comparison.ts";
import type { Comparison, Report } from "../../bench/report.ts";
import { csvReport } from "../../bench/reports/csv.ts";
import { jsonReport } from "../../bench/reports/json.ts";
import { markdownReport } from "../../bench/reports/markdown.ts";
import { conclusion, textComparisons, textReport } from "../../bench/reports/text.ts";
import { warningsOf } from "../../bench/warnings.ts";
import { legible, safeJSON } from "../../safe-text.ts";
import { once } from "../check/report-files.ts";
import { exit } from "../exit.ts";
import { Failure } from "../failure.ts";
import { replaceFile } from "../files/replace-file.ts";
import { print, tell } from "../terminal/output.ts";
import type { BenchFormat, BenchSettings } from "./settings.ts";

/**
 * Writes the report, the comparisons and the notes. @returns the exit code
 *
 * @throws (rejects) {Failure} if a figure failed, or there was nothing to measure or compare
 */
export async function conclude(report: Report, settings: BenchSettings): Promise<number> {
  const { format, save, page, baseline, maxRegress } = settings;
  const warnings = warningsOf(report, baseline);
  const comparisons = comparisonsOf(report, baseline, maxRegress);
  const json = `${safeJSON(jsonReport(report, { warnings, comparisons }))}\n`;
  if (save !== undefined) await replaceFile(save, once(json));
  if (page !== undefined) {
    const { pageReport } = await import("../../bench/reports/page/page.ts");
    await replaceFile(page, once(await pageReport(report, { warnings, comparisons, most: maxRegress })));
  }
  const texts: Readonly<Record<BenchFormat, () => string>> = {
    json: () => json,
    csv: () => csvReport(report, comparisons),
    markdown: () => markdownReport(report, { warnings, comparisons, most: maxRegress }),
    text: () => legible(textReport(report) + textComparisons(report, comparisons, maxRegress)),
  };
  await print(texts[format]());
  if (format !== "text" && maxRegress !== undefined) tell(conclusion(comparisons, maxRegress));
  for (const warning of warnings) tell(`note: ${warning}`);
  return exitCode(report, comparisons, settings);
}

function exitCode(
  { programs }: Report,
  comparisons: readonly Comparison[],
  { baseline, maxRegress }: BenchSettings,
): number {
  const failed = programs.flatMap(({ name, results }) => {
    const whose = programs.length > 1 ? ` of ${name}` : "";
    const those = results.filter(({ problem }) => problem?.kind === "failed");
    return those.map(({ figure }) => `${figure.id}${whose}`);
  });
  if (failed.length > 0) throw new Failure(`couldn't measure ${failed.join(", ")}`);
  if (programs.some(({ results }) => results.every(({ speed }) => speed === undefined))) {
    throw new Failure(
      "nothing was measured: the program declares none of the commands that the figures need",
    );
  }
  if ((baseline !== undefined || maxRegress !== undefined) && comparisons.length === 0) {
    const what =
      baseline === undefined
        ? "the programs have no figure in common"
        : "the baseline has none of these figures";
    throw new Failure(`nothing to compare: ${what}`);
  }
  if (comparisons.some(({ allowed }) => allowed === false)) return exit.miss;
  return comparisons.some(({ allowed }) => allowed === null) ? exit.undecided : exit.ok;
}
