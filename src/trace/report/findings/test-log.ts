/** The environment variables in the list of what a test read. Source: cmd/go/internal/test, computeTestInputsID */
export function variablesRead(log: string | undefined): string[] {
  const names = [...(log ?? "").matchAll(/^getenv (.+)$/gm)].map(([, name = ""]) => name);
  return [...new Set(names)];
}
