import { run } from "./commands/run.ts";
import { exitAfter, runCommand } from "./run.ts";

/** The command line of `run`. For its help, main.ts starts the whole command line. */
void exitAfter(async ([_name, ...words], interrupt) => {
  const code = await runCommand(run, words, interrupt);
  if (code === "help") throw new Error("main.ts passed a request for the help");
  return code;
});
