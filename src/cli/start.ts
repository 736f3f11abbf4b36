import { type Commands, dispatch } from "./dispatch.ts";
import { report } from "./error-report.ts";
import { Interrupt } from "./process/interrupt.ts";

/** Does what the command line of this process asks for, and sees to the exit code. It never rejects. */
export async function start(commands: Commands): Promise<void> {
  // Whatever nobody caught is a mistake, and not to be taken for a miss, which has the code that Bun would exit with.
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.on(event, (error) => process.exit(report(error)));
  }
  const interrupt = new Interrupt();
  try {
    process.exitCode = await dispatch(commands, process.argv.slice(2), interrupt);
  } catch (error) {
    process.exitCode = interrupt.exitCode ?? report(error);
  }
  // A read or write that was left to itself would keep the process alive.
  if (interrupt.exitCode !== undefined) process.exit(interrupt.exitCode);
}
