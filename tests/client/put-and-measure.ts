/*
 * Puts a file under so many keys at once and prints what came of it and how much memory it took: for a process of its
 * own, since a peak never comes down again.
 *
 *     bun tests/client/put-and-measure.ts SCRIPT FILE COUNT RESPONSE_TIMEOUT
 */
import { peakMemory } from "../peak-memory.ts";
import { key, play } from "./scripted.ts";

export interface Measured {
  /** Bytes that were put. */
  readonly size: number;
  /** The codes of puts that failed, one each. */
  readonly codes: readonly string[];
  /** The most that was in memory, in bytes. */
  readonly peak: number;
}

if (import.meta.main) {
  const [script = "", path = "", count = "", responseTimeout = ""] = process.argv.slice(2);
  const { cache } = await play(script, { responseTimeout: Number(responseTimeout) });
  const codes: string[] = [];
  let size = 0;
  const puts = Array.from({ length: Number(count) }, async (_, name) => {
    try {
      const result = await cache.put(key(name), Bun.file(path));
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
