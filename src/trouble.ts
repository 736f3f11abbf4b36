/** An error's message, never empty: the client takes a response with an empty error for a success. */
export function reason(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)) || "it failed without a message";
}

/** What was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Whether an error has one of these system codes, such as ENOENT. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && "code" in error && codes.some((code) => code === error.code);
}
