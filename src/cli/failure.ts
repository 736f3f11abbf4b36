import { exit } from "./exit.ts";

/** An error for a person: its message is all that is shown. */
export class Failure extends Error {
  override readonly name: string = "Failure";
  /** What cacheprogw exits with. */
  readonly exitCode: number = exit.failed;
}

/** What a user asked for that can not be: nothing was run. */
export class UsageError extends Failure {
  override readonly name = "UsageError";
  override readonly exitCode = exit.usage;
  /** The command whose help tells more; unknown where there is none. Set where the error passes by. */
  command: string | undefined;
}

/** The program did not get as far as its hello. */
export class NotStarted extends Failure {
  override readonly name = "NotStarted";
  override readonly exitCode = exit.notStarted;
}

/** Why the system refused, such as `ENOSPC: no space left on device`, without the name of what it was asked to do. */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "syscall" in error ? (error.message.split(", ", 1)[0] ?? "") : error.message;
}
