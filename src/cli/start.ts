import { type Commands, dispatch } from "./dispatch.ts";
import { report } from "./error-report.ts";
import { Interrupt } from "./interrupt.ts";

/**
 * Runs the command line of this process and sets the exit code. It never rejects.
 *
 * The folder: dispatch.ts finds the command, arguments/ parses its options, commands/ has one file per command, check/ and
 * bench/ hold the parts of those two, process/ starts programs and handles signals, files/ reads and writes bodies and
 * reports, and terminal/ is stdout and stderr.
 */
export async function start(commands: Commands): Promise<void> {
  // An uncaught error is a bug. Bun would exit with 1, which means a miss.
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.on(event, (error) => process.exit(report(error)));
  }
  const interrupt = new Interrupt();
  try {
    process.exitCode = await dispatch(commands, process.argv.slice(2), interrupt);
  } catch (error) {
    process.exitCode = interrupt.exitCode ?? report(error);
  }
  // A pending read or write would keep the process alive.
  if (interrupt.exitCode !== undefined) process.exit(interrupt.exitCode);
}
