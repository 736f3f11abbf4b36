import { readFileSync } from "node:fs";

/** The signals that a shell or nohup may have ignored for its children, with their bits. */
const names = { HUP: 1n << 0n, INT: 1n << 1n, QUIT: 1n << 2n, TERM: 1n << 14n } as const;

/**
 * The signals that this process ignores: bit 0 is signal 1, SIGHUP. 0n if the system doesn't say. A handler for a signal
 * hides that it was ignored before.
 */
export function ignoredSignals(): bigint {
  try {
    const [, mask] = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    return mask === undefined ? 0n : BigInt(`0x${mask}`);
  } catch {
    return 0n;
  }
}

/**
 * Adds to a command that it ignores the signals that this process ignores. A child inherits that, but Bun.spawn resets it
 * (Bun 1.4.5). A shell becomes the command, so it has the same process id.
 */
export function ignoringTheSame(words: readonly string[]): readonly string[] {
  const mask = ignoredSignals();
  const ignored = Object.entries(names).flatMap(([name, bit]) => (mask & bit ? [name] : []));
  if (ignored.length === 0) return words;
  return ["/bin/sh", "-c", `trap '' ${ignored.join(" ")}; exec "$0" "$@"`, ...words];
}
