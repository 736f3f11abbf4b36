import type { TraceStart } from "../../events.ts";

/** The environment variables in the list of what a test read. Source: cmd/go/internal/test, computeTestInputsID */
export function variablesRead(log: string | undefined): string[] {
  const names = [...(log ?? "").matchAll(/^getenv (.+)$/gm)].map(([, name = ""]) => name);
  return [...new Set(names)];
}

/**
 * What is known of why a test ran again: variables that have another value, or else those that it reads. GODEBUG is always
 * part of its key. A trace has the values of go's own variables only.
 */
export function whyRerun(
  log: string | undefined,
  before: TraceStart["go"] | undefined,
  now: TraceStart["go"],
): string[] {
  const read = variablesRead(log);
  const changed = ["GODEBUG", ...read].filter(
    (name) => before !== undefined && before.env?.[name] !== now.env?.[name],
  );
  const names = [...new Set(changed)];
  if (names.length > 0) return names.map((name) => `${name} changed`);
  return read.map((name) => `it reads ${name}`);
}
