import { write } from "node:fs";
import { legible, safeJSON } from "../../safe-text.ts";
import { writeStderr } from "../../stderr.ts";
import { hasCode } from "../../trouble.ts";
import { Failure, systemReason } from "../failure.ts";
import { unlessAborted } from "../interrupt.ts";
import { requireStream } from "./closed-stream.ts";

/** The reader of stdout is gone, as head is after ten lines. A reason to stop, not an error to report. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

/**
 * Writes all of `data` to stdout, however slow the reader is.
 *
 * @throws (rejects) {OutputClosed} if the reader is gone; {Failure} if stdout can't be written; {CacheProgError}
 *   `ABORTED` if the signal fires first
 */
export async function print(data: string | Uint8Array, signal?: AbortSignal): Promise<void> {
  requireStream(1);
  let rest = typeof data === "string" ? new TextEncoder().encode(data) : data;
  while (rest.length > 0) {
    try {
      const written = writeSome(rest);
      rest = rest.subarray(await (signal === undefined ? written : unlessAborted(signal, written)));
    } catch (error) {
      if (hasCode(error, "EPIPE")) throw new OutputClosed("stdout is closed", { cause: error });
      if (hasCode(error, "ABORTED")) throw error;
      if (!hasCode(error, "EAGAIN"))
        throw new Failure(`can't write to stdout: ${systemReason(error)}`, { cause: error });
      await Bun.sleep(1); // another process made the pipe non-blocking, and it is full
    }
  }
}

/** @returns how many bytes were written */
function writeSome(bytes: Uint8Array): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  write(1, bytes, (error, length) => (error === null ? resolve(length) : reject(error)));
  return promise;
}

/** Prints a result for a script: one line of JSON. */
export function printJSON(value: unknown): Promise<void> {
  return print(`${safeJSON(value)}\n`);
}

/** Writes a message to stderr. */
export function tell(text: string): void {
  passOn(`cacheprogw: ${text}`);
}

/** Writes a line of a program to stderr, with escapes and CI commands defused. */
export function passOn(line: string): void {
  writeStderr(`${legible(line)}\n`);
}
