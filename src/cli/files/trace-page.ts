import type { Trace } from "../../trace/trace.ts";
import { replaceFile } from "./replace-file.ts";

/**
 * Writes the page of traces, one for each go process, by the time of their start.
 *
 * @throws (rejects) {Failure} if the file can't be written
 */
export async function writePage(traces: readonly Trace[], path: string): Promise<void> {
  const { tracePage } = await import("../../trace/report/trace-page.ts");
  const text = await tracePage(traces);
  await replaceFile(path, new Blob([text]).stream());
}
