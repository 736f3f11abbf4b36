import { readFileSync, readlinkSync } from "node:fs";
import { Failure } from "../failure.ts";

/** O_CLOEXEC on Linux, as /proc shows it. */
const closeOnExec = 0o2000000;

/**
 * Refuses a standard stream that was closed when Bun started. Bun opens /dev/null in its place, so a body would be empty,
 * or a result lost. Bun's descriptor has O_CLOEXEC, which an inherited one can't have. Only Linux shows the flag;
 * elsewhere nothing is refused.
 *
 * @throws {Failure} if the stream was closed
 */
export function requireStream(fd: 0 | 1): void {
  if (!wasClosed(fd)) return;
  throw new Failure(fd === 0 ? "can't read from stdin: it is closed" : "can't write to stdout: it is closed");
}

function wasClosed(fd: 0 | 1): boolean {
  if (process.platform !== "linux") return false;
  try {
    if (readlinkSync(`/proc/self/fd/${fd}`) !== "/dev/null") return false;
    const [, flags] = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8")) ?? [];
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) !== 0;
  } catch {
    return false; // there is no /proc
  }
}
