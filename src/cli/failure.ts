import { exit } from "./exit.ts";

/** An expected error: only its message is shown, without a stack. */
export class Failure extends Error {
  override readonly name: string = "Failure";
  /** The exit code of cacheprogw. */
  readonly exitCode: number = exit.failed;
}

/** Invalid arguments or input; nothing was run. */
export class UsageError extends Failure {
  override readonly name = "UsageError";
  override readonly exitCode = exit.usage;
  /** The command whose help the message points to, if any. Set by start.ts. */
  command: string | undefined;
}

/** The program couldn't be started, or failed before its hello. */
export class NotStarted extends Failure {
  override readonly name = "NotStarted";
  override readonly exitCode = exit.notStarted;
}

/** Why a system call failed, such as `ENOSPC: no space left on device`, without the name of the call. */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "syscall" in error ? (error.message.split(", ", 1)[0] ?? "") : error.message;
}
