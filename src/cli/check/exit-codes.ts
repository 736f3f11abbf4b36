import type { Outcome } from "../../conformance/report.ts";
import { exit } from "../exit.ts";

/** The exit code for the outcome of a report. */
export const exitCodes: Readonly<Record<Outcome, number>> = {
  passed: exit.ok,
  failed: exit.miss,
  incomplete: exit.failed,
  error: exit.internal,
  "not started": exit.notStarted,
};
