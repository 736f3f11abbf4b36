import { nameActions } from "../names/names.ts";
import type { Trace } from "../trace.ts";
import { reportOn } from "./report.ts";

/**
 * The page of traces, one for each go process, as HTML: one file that needs no other, and no network. Give the traces by
 * the time of their start.
 *
 * @throws (rejects) {RangeError} without traces
 */
export async function tracePage(traces: readonly Trace[]): Promise<string> {
  const named = traces.map((trace) => ({ trace, names: nameActions(trace) }));
  // Most who use traces write no page, and the code of one is large.
  const { pageOf } = await import("./page/page.ts");
  return pageOf(named, reportOn(named));
}
