import { readFileSync } from "node:fs";

/**
 * The most memory that this process has had, in bytes. On Linux it is what /proc says: what getrusage says is never
 * less than the peak of the parent, which it keeps across exec.
 */
export function peakMemory(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1024;
  const [, kilobytes] = readFileSync("/proc/self/status", "latin1").match(/^VmHWM:\s+(\d+) kB$/m) ?? [];
  return Number(kilobytes) * 1024;
}
