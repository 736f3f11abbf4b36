/** What an error says. An answer without a text would be no error to the client. */
export function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)) || "it failed, and did not say why";
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
