import { parseInput } from "./arguments/parse.ts";
import type { Command } from "./command.ts";
import { report } from "./error-report.ts";
import { Failure, UsageError } from "./failure.ts";
import { Interrupt } from "./interrupt.ts";

const runDry = "the command waits for something that can't happen anymore";

/** Runs `run` with the arguments of this process, and sets the exit code to its result. */
export async function exitAfter(
  run: (argv: readonly string[], interrupt: Interrupt) => Promise<number>,
): Promise<void> {
  // An uncaught error is a bug. Bun would exit with 1, which means a miss.
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.on(event, (error) => process.exit(report(error)));
  }
  const interrupt = new Interrupt();
  // So is a promise that nothing can settle any more. Bun would exit with 0.
  const endDry = () => process.exit(interrupt.exitCode ?? report(runDry));
  process.once("beforeExit", endDry);
  try {
    process.exitCode = await run(process.argv.slice(2), interrupt);
  } catch (error) {
    process.exitCode = interrupt.exitCode ?? report(error);
  } finally {
    process.off("beforeExit", endDry);
  }
  // A pending read or write would keep the process alive.
  if (interrupt.exitCode !== undefined) process.exit(interrupt.exitCode);
}

/**
 * Runs a command with the words after its name.
 * @returns the exit code, or "help" if the words ask for the help
 * @throws {UsageError} for invalid arguments; whatever the command throws
 */
export async function runCommand(
  command: Command,
  words: readonly string[],
  interrupt: Interrupt,
): Promise<number | "help"> {
  try {
    const input = parseInput(command, words, interrupt);
    if (input === "help") return input;
    requireWorkingDirectory();
    return await command.run(input);
  } catch (error) {
    if (error instanceof UsageError) error.command = command.name;
    throw error;
  }
}

/** If it was deleted, Bun resolves relative paths from the directory of bun itself (Bun 1.4.5). */
function requireWorkingDirectory(): void {
  try {
    process.cwd();
  } catch (cause) {
    throw new Failure("the working directory was deleted; change to another one", { cause });
  }
}
