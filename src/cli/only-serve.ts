import { UsageError } from "./failure.ts";
import { plainServe } from "./plain-serve.ts";
import { exitAfter, runCommand } from "./run.ts";

/** The command line of `serve` as go starts it. For the help and for faults, main.ts starts the whole command line. */
void exitAfter(async ([_name, ...words], interrupt) => {
  const code = await runCommand(plainServe, words, interrupt);
  if (code === "help")
    throw new UsageError("the help needs the installed cacheprogw; a bundle has only serve");
  return code;
});
