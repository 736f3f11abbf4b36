/*
 * Puts a file under COUNT keys at once, and prints the results and the peak memory. It needs a process of its own: a peak
 * never falls.
 *
 *     bun tests/client/put-and-measure.ts SCRIPT FILE COUNT RESPONSE_TIMEOUT [stream]
 *
 * With `stream`, it puts streams of the file.
 */
import { peakMemory } from "../peak-memory.ts";
import { key, play } from "./scripted.ts";

export interface Measured {
  /** How many bytes were put. */
  readonly size: number;
  /** The error code of each put that failed. */
  readonly codes: readonly string[];
  /** The peak memory, in bytes. */
  readonly peak: number;
}

if (import.meta.main) {
  const [script = "", path = "", count = "", responseTimeout = "", kind = ""] = process.argv.slice(2);
  const { cache } = await play(script, { responseTimeout: Number(responseTimeout) });
  const codes: string[] = [];
  let size = 0;
  const puts = Array.from({ length: Number(count) }, async (_, name) => {
    try {
      const result = await cache.put(key(name), kind === "stream" ? Bun.file(path).stream() : Bun.file(path));
      size += result.size;
    } catch (error) {
      codes.push(error instanceof Error && "code" in error ? String(error.code) : String(error));
    }
  });
  await Promise.all(puts);
  await cache.close();
  const measured: Measured = { size, codes, peak: peakMemory() };
  process.stdout.write(JSON.stringify(measured));
}
