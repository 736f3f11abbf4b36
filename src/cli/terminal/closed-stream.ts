import { readFileSync, readlinkSync } from "node:fs";
import { Failure } from "../failure.ts";

/** O_CLOEXEC of Linux, as /proc shows it. */
const closeOnExec = 0o2000000;

/**
 * A standard stream that is closed when Bun starts is /dev/null from then on: a body would be empty, and a result lost.
 * Such a descriptor can be told from one that was inherited, since only those without O_CLOEXEC are. Elsewhere than on
 * Linux it can't be told.
 *
 * @throws {Failure} for a stream that was closed
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
