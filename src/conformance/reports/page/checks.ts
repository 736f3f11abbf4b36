import { explorer, numberColumn, type RecordData, type Section, textColumn } from "../../../page/index.ts";
import { goOf, isFailure, type Result, type Verdict } from "../../report.ts";
import { toneOf } from "./findings.ts";

/** All checks. */
export function checksPart(): Section {
  return {
    id: "checks",
    title: "All checks",
    hint: "Select a check to see what it requires, and why.",
    content: explorer("checks", "All checks"),
  };
}

/** A record for each check. */
export function checkRecords(results: readonly Result[], strict: boolean): RecordData {
  const text = (
    key: string,
    title: string,
    of: (result: Result) => string,
    more: { shown?: "details" | "wide"; choice?: boolean } = {},
  ) => textColumn({ key, title, ...more }, results, of);
  const verdicts = [...new Set(results.map(({ verdict }) => verdict))];
  // The worst of all results with a verdict tells its color.
  const tones = Object.fromEntries(
    verdicts.map((verdict) => {
      const those = results
        .filter((result) => result.verdict === verdict)
        .map((result) => toneOf(result, strict));
      return [verdict, those.find((tone) => tone === "bad") ?? those[0] ?? "plain"] as const;
    }),
  ) satisfies Partial<Record<Verdict, string>>;
  return {
    count: results.length,
    noun: ["check", "checks"],
    columns: [
      text("id", "Check", ({ check }) => check.id),
      text("level", "Level", ({ check }) => check.level, { choice: true }),
      textColumn(
        { key: "verdict", title: "Verdict", choice: true, tones },
        results,
        ({ verdict }) => verdict,
      ),
      text("requirement", "Requirement", ({ check }) => check.requirement, { shown: "wide" }),
      text("go", "If violated", (result) => goOf(result).outcome, { choice: true, shown: "wide" }),
      numberColumn("time", { key: "took", title: "Took" }, results, ({ duration, verdict }) =>
        verdict === "not run" || verdict === "not applicable" ? undefined : Math.round(duration * 1_000),
      ),
      text("expected", "Expected", ({ expected = "" }) => expected, { shown: "details" }),
      text("actual", "Actual", ({ actual = "" }) => actual, { shown: "details" }),
      text("remark", "Note", ({ remark = "" }) => remark, { shown: "details" }),
      text(
        "why",
        "What go would do",
        (result) => (isFailure(result) ? goOf(result).text : result.check.go.text),
        {
          shown: "details",
        },
      ),
      text("source", "Source", ({ check }) => check.source, { shown: "details" }),
      text("quote", "In the documentation", ({ check }) => check.quote ?? "", { shown: "details" }),
      text("rerun", "Run it alone", ({ rerun }) => rerun, { shown: "details" }),
    ],
  };
}
