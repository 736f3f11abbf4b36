import { ArgumentError, CacheProgError } from "../errors.ts";
import { exit, signalExit } from "./exit.ts";
import { Failure, UsageError } from "./failure.ts";
import { OutputClosed, tell } from "./terminal/output.ts";

/** Prints an error to stderr. @returns the exit code for it */
export function report(error: unknown): number {
  if (error instanceof OutputClosed) return signalExit.SIGPIPE;
  if (error instanceof UsageError) {
    tell(`${error.message}\nSee: cacheprogw ${error.command === undefined ? "" : `${error.command} `}--help`);
    return error.exitCode;
  }
  if (error instanceof Failure) {
    tell(error.message);
    return error.exitCode;
  }
  if (error instanceof ArgumentError) {
    tell(error.message);
    return exit.usage;
  }
  if (error instanceof CacheProgError) {
    tell(`${error.message} (${error.code})`);
    return exit.failed;
  }
  if (error instanceof Error && "syscall" in error) {
    tell(error.message);
    return exit.failed;
  }
  tell(`internal error (a bug in cacheprogw): ${error instanceof Error ? error.stack : error}`);
  return exit.internal;
}
