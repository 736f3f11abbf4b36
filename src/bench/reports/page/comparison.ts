import { html, type Scale, type Section, spreadLine, type Tone, table, toned } from "../../../page/index.ts";
import type { Comparison, Report } from "../../report.ts";
import { verdictWords } from "../text.ts";

/** How the speed of the first program compares with the baseline, or with the other program. */
export function comparisonPart(
  { programs: [one, two] }: Report,
  comparisons: readonly Comparison[],
  to: Comparison["to"],
): Section | undefined {
  const rows = comparisons.filter((each) => each.to === to);
  if (rows.length === 0) return undefined;
  const other = to === "baseline" ? "the baseline" : html`<code>${two?.name ?? ""}</code>`;
  const scale = scaleOf(rows);
  return {
    id: `to-${to}`,
    title: to === "baseline" ? "Compared with the baseline" : "Compared",
    hint: html`The speed of <code>${one?.name ?? ""}</code> as a multiple of that of ${other}: above 1, to the right of the line, is
faster. The true factor is in the interval, with little doubt.`,
    content: table<Comparison>(
      "Comparison of speeds",
      [
        { title: "figure", cell: ({ id }) => id },
        { title: "median", isNumber: true, cell: ({ factor }) => `${factor.toFixed(2)}×` },
        { title: "interval", isNumber: true, cell: intervalText },
        { title: "slower – faster", cell: (each) => line(each, scale) },
        { title: "conclusion", cell: (each) => toned(toneOf(each), verdictWords(each)) },
      ],
      rows,
    ),
  };
}

function toneOf({ verdict, allowed }: Comparison): Tone {
  if (allowed === false) return "bad";
  return verdict === "faster" ? "good" : verdict === "slower" ? "warn" : "plain";
}

function isKnown({ low, high }: Comparison): boolean {
  return Number.isFinite(low) && Number.isFinite(high);
}

function intervalText(comparison: Comparison): string {
  return isKnown(comparison) ? `${comparison.low.toFixed(2)} to ${comparison.high.toFixed(2)}` : "–";
}

function line(comparison: Comparison, scale: Scale) {
  const { factor, low, high } = comparison;
  const values = isKnown(comparison) ? [low, high] : [factor];
  const label = `${factor.toFixed(2)} times as fast, interval ${intervalText(comparison)}`;
  return spreadLine({ values, middle: factor, tone: toneOf(comparison) }, scale, label, 1);
}

/** Logarithmic, with 1 in the middle: twice as fast is as far from it as half as fast. */
function scaleOf(comparisons: readonly Comparison[]): Scale {
  const values = comparisons.flatMap((each) =>
    isKnown(each) ? [each.low, each.factor, each.high] : [each.factor],
  );
  const far = values.reduce((most, value) => Math.max(most, Math.abs(Math.log(value))), Math.log(1.1));
  return { place: (value) => 0.5 + Math.log(value) / far / 2, ticks: [] };
}
