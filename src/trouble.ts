/** An error's message, never empty: the client takes a response with an empty error for a success. */
export function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)) || "it failed without a message";
}

/** Whether an error has one of these system codes, such as ENOENT. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.some((code) => code === error.code);
}
