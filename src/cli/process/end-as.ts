/** How a process ended. */
export type ProcessEnd = { readonly code: number } | { readonly signal: string };

/** Signals that Bun takes for a crash of its own. */
const crashes: readonly string[] = ["SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP"];

/** Ends this process as another one has ended: by the same signal, unless it handles that. @returns the exit code */
export function endAs(end: ProcessEnd): number {
  if ("code" in end) return end.code;
  const { signals } = process.getBuiltinModule("node:os").constants;
  const number = Object.entries(signals).find(([name]) => name === end.signal)?.[1] ?? 0;
  if (!crashes.includes(end.signal)) process.kill(process.pid, number);
  return 128 + number;
}
