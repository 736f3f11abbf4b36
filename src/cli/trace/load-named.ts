import { type Names, nameActions } from "../../trace/names/names.ts";
import { loadTrace, type Trace } from "../../trace/trace.ts";

/** Loads a trace, and names its actions. @throws (rejects) {CacheProgError} `BAD_TRACE` */
export async function loadNamed(file: string): Promise<{ readonly trace: Trace; readonly names: Names }> {
  const trace = await loadTrace(file);
  collectGarbage(trace);
  const names = nameActions(trace);
  collectGarbage(trace);
  return { trace, names };
}

/** Bun collects late: without this, a report of 100,000 requests takes 430 MB, not 320. */
function collectGarbage({ requests }: Trace): void {
  if (requests.length > 20_000) Bun.gc(true);
}
