import { record } from "./commands/record.ts";
import { UsageError } from "./failure.ts";
import { exitAfter, runCommand } from "./run.ts";

/** The command line of `record` as go starts it. main.ts starts the whole command line for the help. */
void exitAfter(async ([_name, ...words], interrupt) => {
  const code = await runCommand(record, words, interrupt);
  if (code === "help") throw new UsageError("main.ts shows the help");
  return code;
});
