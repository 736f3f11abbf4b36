import { howItFailed } from "./process/work.ts";
import type { StepReport } from "./run-step.ts";

/** The work of a step failed: its command, or its function. `cause` is what a function threw. */
export class StepFailed extends Error {
  /** Always "StepFailed". */
  override readonly name = "StepFailed";
  /** What became of the step. Its `status` is "failed", and its `end` says how. */
  readonly report: StepReport;

  /** @param report of a step that failed */
  constructor(report: StepReport) {
    const end = report.end ?? { kind: "done", isCut: false };
    super(
      `step ${report.id.replace(/^:/, "")} ${howItFailed(end)}`,
      end.kind === "threw" ? { cause: end.error } : {},
    );
    this.report = report;
  }
}
