import { oneLine } from "../../safe-text.ts";
import { exitCodeOf } from "../../step/process/run-command.ts";
import { howItFailed } from "../../step/process/work.ts";
import type { StepReport } from "../../step/run-step.ts";

/** The name of a step for people: its id, without the colon of the root's. */
export function shownID(id: string): string {
  return oneLine(id.replace(/^:/, ""));
}

/** Why a step has no result, in one line. @param all every reason, not only the first */
export function missWords(why: readonly string[], all: boolean): string {
  const [first = "", ...others] = why.map(oneLine);
  if (all) return ["miss:", ...why.map((reason) => `  ${oneLine(reason)}`)].join("\n");
  if (others.length === 0) return `miss: ${first}`;
  return `miss: ${first}, and ${others.length} more ${others.length === 1 ? "change" : "changes"} (--explain lists all)`;
}

/** How a step ended, in one line. */
export function endWords(report: StepReport): string {
  const { status, restored, removed, duration, stored, notStored, end } = report;
  if (status === "failed") return howItFailed(end ?? { kind: "done", isCut: false });
  if (status === "ran") {
    const kept = stored ? "stored" : `not cached: ${oneLine(notStored ?? "the cache failed")}`;
    return `done in ${seconds(duration)}, ${kept}`;
  }
  const changed = [
    ...(restored > 0 ? [`${plural(restored, "file")} restored`] : []),
    ...(removed > 0 ? [`${plural(removed, "file")} removed`] : []),
  ];
  return `hit, ${changed.length === 0 ? "outputs in place" : changed.join(", ")} (saved ${seconds(duration)})`;
}

/** All steps of a run, in one line. */
export function summaryWords(reports: readonly StepReport[], skipped: number, took: number): string {
  const hits = reports.filter(({ status }) => status === "hit");
  const ran = reports.filter(({ status }) => status === "ran").length;
  const failed = reports.filter(({ status }) => status === "failed").length;
  const saved = hits.reduce((sum, { duration }) => sum + duration, 0);
  const counts = [
    plural(hits.length, "hit"),
    `${ran} ran`,
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return `${plural(reports.length + skipped, "step")}: ${counts.join(", ")}; took ${seconds(took)}, saved ${seconds(saved)}`;
}

/** The exit code of a step that failed: what a shell would report for its command. */
export function exitCodeOfStep({ end }: StepReport): number {
  return end?.kind === "failed" ? exitCodeOf(end.end) : 1;
}

function seconds(ms: number): string {
  return ms < 995 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
