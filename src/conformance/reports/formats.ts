/*
 * This folder turns a report into text: one file for each format. text.ts also words a failed check for the others, and
 * layout.ts fits the text for people into columns. page/ is the page, html.
 */
import { safeJSON } from "../../safe-text.ts";
import type { Report } from "../report.ts";
import { githubReport } from "./github.ts";
import { jsonReport } from "./json.ts";
import { junitReport } from "./junit.ts";
import { markdownReport } from "./markdown.ts";
import { tapReport } from "./tap.ts";
import { textReport } from "./text.ts";

/** The formats of a report, each with the function that writes it. */
export const formats = {
  text: (report: Report) => textReport(report),
  json: (report: Report) => `${safeJSON(jsonReport(report), 2)}\n`,
  junit: junitReport,
  tap: tapReport,
  github: githubReport,
  markdown: markdownReport,
  // The code of a page is large.
  html: async (report: Report) => (await import("./page/page.ts")).htmlReport(report),
} as const satisfies Record<string, (report: Report) => string | Promise<string>>;

/** The name of a format of {@link formats}. */
export type Format = keyof typeof formats;
