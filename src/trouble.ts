/** What an error says. An answer without a text would be no error to the client. */
export function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)) || "it failed, and did not say why";
}

/** Whether an error has one of these codes, such as ENOENT. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.some((code) => code === error.code);
}
