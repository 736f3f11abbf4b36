import { write } from "node:fs";
import { legible, safeJSON } from "../../safe-text.ts";
import { writeStderr } from "../../stderr.ts";
import { hasCode } from "../../trouble.ts";
import { Failure, systemReason } from "../failure.ts";
import { unlessAborted } from "../process/interrupt.ts";
import { requireStream } from "./closed-stream.ts";

/** stdout takes no more: a reader such as head has seen enough. No error, but a reason to stop. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

/**
 * Writes a result, all of it, to stdout, however slowly that is read.
 *
 * @throws (rejects) {OutputClosed} where nobody reads any more; {Failure} where it can not be written;
 *   {CacheProgError} `ABORTED` where the signal fires first
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
        throw new Failure(`can not write to stdout: ${systemReason(error)}`, { cause: error });
      await Bun.sleep(1); // somebody made the pipe non-blocking, and it is full
    }
  }
}

/** @returns how many bytes stdout has taken */
function writeSome(bytes: Uint8Array): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  write(1, bytes, (error, length) => (error === null ? resolve(length) : reject(error)));
  return promise;
}

/** A result for a script: one line of JSON. */
export function printJSON(value: unknown): Promise<void> {
  return print(`${safeJSON(value)}\n`);
}

/** Tells a person something, on stderr. */
export function tell(text: string): void {
  passOn(`cacheprogw: ${text}`);
}

/** Writes what a program says to stderr, in a form that nothing there obeys. */
export function passOn(line: string): void {
  writeStderr(`${legible(line)}\n`);
}
