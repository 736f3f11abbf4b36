import { readFileSync } from "node:fs";

/**
 * The peak memory of this process, in bytes. On Linux, it's read from /proc: the peak of getrusage survives exec, so it
 * is never less than the parent's.
 */
export function peakMemory(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1024;
  const [, kilobytes] = readFileSync("/proc/self/status", "latin1").match(/^VmHWM:\s+(\d+) kB$/m) ?? [];
  return Number(kilobytes) * 1024;
}
