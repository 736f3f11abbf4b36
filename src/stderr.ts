import { writeSync } from "node:fs";
import { hasCode } from "./trouble.ts";

/**
 * Writes all of a text to stderr before it returns. process.stderr buffers: the rest goes out from the event loop,
 * which may not run again before the process exits.
 *
 * A write error is ignored: if stderr is closed, nobody is reading.
 */
export function writeStderr(text: string): void {
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(2, rest));
    } catch (error) {
      if (!hasCode(error, "EAGAIN")) return;
      Bun.sleepSync(1); // another process made the pipe non-blocking, and it is full
    }
  }
}
