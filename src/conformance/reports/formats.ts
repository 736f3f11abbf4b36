/*
 * This folder: a report for people and for machines, one format a file.
 */
import { safeJSON } from "../../safe-text.ts";
import type { Report } from "../report.ts";
import { githubReport } from "./github.ts";
import { jsonReport } from "./json.ts";
import { junitReport } from "./junit.ts";
import { markdownReport } from "./markdown.ts";
import { tapReport } from "./tap.ts";
import { textReport } from "./text.ts";

/** Every format of a report, and what makes one of it. */
export const formats = {
  text: (report: Report) => textReport(report),
  json: (report: Report) => `${safeJSON(jsonReport(report), 2)}\n`,
  junit: junitReport,
  tap: tapReport,
  github: githubReport,
  markdown: markdownReport,
} as const satisfies Record<string, (report: Report) => string>;

export type Format = keyof typeof formats;
