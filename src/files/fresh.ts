import type { BigIntStats } from "node:fs";

/**
 * File systems store times coarsely, FAT to two seconds. If a file was written more recently than this, another write may
 * leave the same times, so the times prove nothing. git calls such a file racy.
 */
const racyNanoseconds = 2_000_000_000n;

/** Whether a file's times are too recent to tell whether it changes. Times in the future are, too. */
export function isFresh({ mtimeNs, ctimeNs }: BigIntStats): boolean {
  const latest = mtimeNs > ctimeNs ? mtimeNs : ctimeNs;
  return BigInt(Date.now()) * 1_000_000n - latest < racyNanoseconds;
}
