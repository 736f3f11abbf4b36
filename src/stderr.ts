import { writeSync } from "node:fs";
import { hasCode } from "./trouble.ts";

/**
 * Writes all of a text to stderr before it returns. Not by process.stderr: what that holds back goes out with the event
 * loop, which may not run before the end of the process.
 *
 * Nothing is said of a stderr that can't be written: whoever closed it doesn't want to be told.
 */
export function writeStderr(text: string): void {
  for (let rest = Buffer.from(text); rest.length > 0; ) {
    try {
      rest = rest.subarray(writeSync(2, rest));
    } catch (error) {
      if (!hasCode(error, "EAGAIN")) return;
      Bun.sleepSync(1); // somebody made the pipe non-blocking, and it is full
    }
  }
}
