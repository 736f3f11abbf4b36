import { legible } from "../../safe-text.ts";
import type { GoOutcome } from "../check.ts";
import { goOf, type Result } from "../report.ts";

/** How many of the last messages on the wire are shown. */
const shownMessages = 6;

/** What go build does, in a few words. A check's `go.text` is a whole sentence. */
export const goBriefly: Readonly<Record<GoOutcome, string>> = {
  fatal: "go build would fail",
  hang: "go build would hang",
  rebuilds: "go build would rebuild",
  "wrong result": "go build would use a wrong result",
  slow: "go build would be slow",
  nothing: "go build would not notice",
};

/** The rows that describe a failed check: a label, and the lines beside it. */
export function findingRows(result: Result): readonly (readonly [label: string, lines: readonly string[]])[] {
  const { check, expected, actual, process, wire = [], stderr = [], kept, rerun } = result;
  const which = process && `${process.number} of the ${process.of} that the check started`;
  return [
    ["Expected", [legible(expected ?? "")]],
    ["Actual", [legible(actual ?? "")]],
    ...(which === undefined ? [] : [["Process", [which]] as const]),
    ["Wire", orNothing(wire.slice(-shownMessages).map(legible), "(nothing)")],
    ["Stderr", orNothing(stderr.map(legible), "(empty)")],
    ["Go", [goOf(result).text, check.source]],
    ...(kept === undefined ? [] : [["Kept", [legible(kept)]] as const]),
    ["Rerun", [rerun]],
  ];
}

function orNothing(lines: readonly string[], nothing: string): readonly string[] {
  return lines.length === 0 ? [nothing] : lines;
}

/** The same rows as one text, for formats that have a field for it. */
export function findingText(result: Result): string {
  const rows = findingRows(result).map(([label, lines]) => {
    const text = lines.join("\n");
    // A command for a shell stays as it is: a line break may be inside quotes.
    const indented = label === "Rerun" ? text : text.replaceAll("\n", `\n${" ".repeat(10)}`);
    return `${label.padStart(8)}  ${indented}`;
  });
  return [result.check.requirement, ...rows].join("\n");
}
