import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { CacheProgError } from "../errors.ts";
import { reason } from "../trouble.ts";
import { readTrace } from "./read.ts";

/** How a trace file begins. */
const beginning = '{"cacheprogw":';

/**
 * The trace files that paths name, by the time at which they start. Of a directory, these are its files that begin as traces
 * do; its own directories are left out.
 *
 * @throws (rejects) {CacheProgError} `BAD_TRACE`: a path can't be read, a file isn't a trace, or a directory has none
 */
export async function findTraces(paths: readonly string[]): Promise<readonly string[]> {
  const files = new Set<string>();
  for (const path of paths) for (const file of await tracesAt(path)) files.add(file);
  const started = await Promise.all([...files].map(async (file) => ({ file, time: await startOf(file) })));
  return started.sort((a, b) => a.time - b.time).map(({ file }) => file);
}

async function tracesAt(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map(({ name }) => join(path, name));
    const isTrace = await Promise.all(files.map(beginsAsTrace));
    const traces = files.filter((_, at) => isTrace[at]).sort();
    if (traces.length > 0) return traces;
  } catch (cause) {
    throw new CacheProgError("BAD_TRACE", `${path} can't be read: ${reason(cause)}`, { cause });
  }
  throw new CacheProgError(
    "BAD_TRACE",
    `the directory ${path} has no trace in it; expected files that cacheprogw recorded`,
  );
}

async function beginsAsTrace(file: string): Promise<boolean> {
  return (await Bun.file(file).slice(0, beginning.length).text()) === beginning;
}

/** In ms since 1970. */
async function startOf(file: string): Promise<number> {
  for await (const event of readTrace(file))
    return event.kind === "start" ? Temporal.Instant.from(event.time).epochMilliseconds : 0;
  return 0;
}
